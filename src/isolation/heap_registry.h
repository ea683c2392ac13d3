// Whose memory is whose: allocations of the capsules that have a heap of their own.
//
// glibc's allocator does not tell: what it keeps beside a chunk is its own affair, and a chunk that
// was mapped by itself belongs to no arena. So the functions that give memory out are asked
// (own_heap.h), and say so here. In memory of our own; thread-safe.
#pragma once

#include <cstdint>

namespace bulkhead::isolation {

struct Allocation {
  static constexpr unsigned kBase = 15;  // in place of a capsule's number: the program's heap
  unsigned heap;                         // Capsule::number
  const void* caller;                    // of the allocation function
};

// `pointer`: what an allocation function returned; null does nothing. One that is known is another
// allocation from now on.
void note_allocation(const void* pointer, const Allocation& allocation);

// False if it is not known.
bool find_allocation(const void* pointer, Allocation& allocation);

// The same, after which it is not known any more.
bool forget_allocation(const void* pointer, Allocation& allocation);

}  // namespace bulkhead::isolation
