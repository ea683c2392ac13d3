// Symbolic links resolved by hand, as if a directory were "/".
#pragma once

#include <string_view>

#include "resolve/path_buffer.h"

namespace bulkhead::resolve {

// Follows `path` below the directory `root` (a descriptor), component by component:
// absolute links start again at the root, ".." at the root stays there. Returns 0 and the
// path without links in `resolved` ("/" for the root), or an errno value.
//
// Not proof against somebody who renames directories meanwhile, as openat2 is; nor need it
// be, since ld.so opens the file again by its name.
int walk(int root, std::string_view path, PathBuffer& resolved);

}  // namespace bulkhead::resolve
