// What a tree has on disk, and what it has to have: its owner may read it and remove it again,
// nobody else may write to it, and nothing of it runs as somebody else.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::trees {

// Directories below each other. Each takes descriptors while it is walked through; real systems
// have some thirty.
inline constexpr unsigned kMaxDepth = 200;

// Of a file that is `mode` elsewhere.
constexpr unsigned file_mode(unsigned mode) { return (mode & 0755U) | 0400U; }
constexpr unsigned directory_mode(unsigned mode) { return (mode & 0755U) | 0700U; }

struct Contents {
  std::uint64_t files = 0, bytes = 0;
};

// Gives every file and directory below `path` such a mode; devices, sockets and pipes go. Fails
// with what cannot be changed. Asks for interruptions.
Contents settle(const std::string& path);

// So that all of it can be removed; what cannot be changed stays as it is.
void make_removable(const std::string& path);

}  // namespace bulkhead::trees
