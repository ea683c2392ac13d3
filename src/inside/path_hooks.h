// Functions that take a path, for callers in a capsule: paths under a mapped prefix are
// read from the tree.
#pragma once

#include <span>

#include "capsule/hook.h"

namespace bulkhead::inside {

std::span<const capsule::Hook> path_hooks();

}  // namespace bulkhead::inside
