// Copies what a layout lists into a directory.
#pragma once

#include <string>

#include "capture/layout.h"
#include "resolve/tree.h"

namespace bulkhead::capture {

// Into the directory `to`, a descriptor, whose path is `name`. Contents, times and whether it may
// be executed are the tree's; who may read it says the umask. A file with several names stays one.
// Fails at what cannot be read or written, and where `go_on` throws.
void copy_layout(const resolve::Tree& tree, const Layout& layout, int to, const std::string& name,
                 void (*go_on)());

// A new file below that directory. `path` begins with a slash.
void write_new_file(int to, const std::string& path, const std::string& bytes);

}  // namespace bulkhead::capture
