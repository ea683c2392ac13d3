// Copies a directory for a tree: files share their blocks with the originals where the file system
// can do that, symbolic links stay what they are, hard links stay links.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trees/progress.h"

namespace bulkhead::trees {

struct Copied {
  std::uint64_t special = 0;              // devices, sockets and pipes, which are left out
  std::uint64_t unread = 0;               // what could not be read
  std::vector<std::string> first_unread;  // "PATH: why" of the first few
};

// `to` is an empty directory. The system's own file systems (/proc, /sys) are left out, and so is
// `except`, a directory. Fails on what cannot be written.
Copied copy_directory(const std::string& from, const std::string& to, const std::string& except,
                      Progress& progress);

}  // namespace bulkhead::trees
