// Reports of memory that is freed on the wrong side; the debug topic "heap".
#pragma once

#include "isolation/heap_registry.h"

namespace bulkhead::isolation {

// One line, if the topic is on: `user`'s code calls `function` for memory of another heap.
void report_wrong_side(const char* function, const void* pointer, const Allocation& allocation,
                       const Allocation& user);

}  // namespace bulkhead::isolation
