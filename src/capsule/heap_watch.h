// Finding memory that is freed on the wrong side, of the program and a capsule with a heap of its
// own: both sides' allocation functions are watched, and each such call is reported and put right.
//
// Costs a table entry for every allocation of the program's; on by the debug topic "heap".
#pragma once

#include "base/arena.h"
#include "capsule/heap_registry.h"

namespace bulkhead::capsule {

// One line, if the topic is on: `user`'s code calls `function` for memory of another heap.
void report_wrong_side(const char* function, const void* pointer, const Allocation& allocation,
                       const Allocation& user);

// If the topic is on: watches the calls of all that is loaded in the base now. May be called again
// when more is.
void watch_base(Arena& arena);

}  // namespace bulkhead::capsule
