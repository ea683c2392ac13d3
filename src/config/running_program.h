// The program that this process runs, in the terms in which files for --config speak of one.
#pragma once

#include "programs/program.h"

namespace bulkhead::config {

// As `bulkhead run` would have found it: by the name under which it was started (a symbolic
// link's, a script's), if the kernel still leads from there to this very program; else by the
// file that is executed. A script that was started through env(1) is not known any more.
// `arguments` are left empty. Failures: /proc is not mounted.
programs::Program running_program();

}  // namespace bulkhead::config
