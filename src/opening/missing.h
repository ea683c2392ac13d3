// What is said when a library is not in the tree.
#pragma once

#include <expected>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "resolve/closure.h"

namespace bulkhead::opening {

// About the first one that the closure lacks; it lacks some. What is said lives in `arena`.
std::unexpected<Error> missing_library(Arena& arena, const capsule::Capsule& capsule,
                                       const resolve::Closure& closure);

}  // namespace bulkhead::opening
