// Paths redirected into the tree.
#pragma once

#include <cstddef>
#include <string_view>

#include "capsule/capsule.h"

namespace bulkhead::inside {

// What a path means in a capsule: two parts to be joined.
struct MappedPath {
  std::string_view tree, rest;

  bool any() const { return !tree.empty(); }
  std::size_t size() const { return tree.size() + rest.size() + 1; }  // the NUL included
  void write(char* to) const;
};

// Nothing if the path means what it says. Only absolute paths are mapped, and "." and ".." in
// them are not followed. Leaves errno alone; async-signal-safe.
MappedPath mapped_path(const capsule::Capsule& capsule, const char* path);

}  // namespace bulkhead::inside
