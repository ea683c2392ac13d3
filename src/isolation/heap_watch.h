// Finding memory that is freed on the wrong side, of the program and a capsule with a heap of its
// own: both sides' allocation functions are watched, and each such call is reported and put right.
//
// Costs a table entry for every allocation of the program's; on by the debug topic "heap".
#pragma once

#include "base/arena.h"

namespace bulkhead::isolation {

// If the topic is on: watches the calls of all that is loaded in the base now. May be called again
// when more is.
void watch_base(Arena& arena);

}  // namespace bulkhead::isolation
