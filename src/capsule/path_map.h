// Paths redirected into the tree.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/list.h"

namespace bulkhead::capsule {

struct Capsule;

// Room for a mapped path; longer ones are left as they are, and fail as the kernel's
// own limit (PATH_MAX) would make them fail.
struct PathBuffer {
  char text[4096];
};

// What `path` means for the code at `caller`: `path` itself, or the tree's file in
// `buffer`. Only absolute paths are mapped, and "." and ".." in them are not followed.
// Leaves errno alone; async-signal-safe.
const char* mapped_path(const char* path, const void* caller, PathBuffer& buffer);

}  // namespace bulkhead::capsule
