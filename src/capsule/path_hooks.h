// Functions that take a path, for callers in a capsule: paths under a mapped prefix are
// read from the tree.
#pragma once

#include <span>

#include "capsule/hook.h"

namespace bulkhead::capsule {

std::span<const Hook> path_hooks();

}  // namespace bulkhead::capsule
