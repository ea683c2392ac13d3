// From a policy's rules to filters, by libseccomp.
#pragma once

#include "base/arena.h"
#include "cli/seccomp_policy.h"
#include "seccomp/policy.h"

namespace bulkhead::cli {

// A filter for each region. Selectors point into `policy`, all else lives in `arena`. The result
// does not depend on the running kernel. Failure: libseccomp's, with the region's place in the
// file.
seccomp::Policy compile_seccomp(Arena& arena, const SeccompPolicy& policy);

}  // namespace bulkhead::cli
