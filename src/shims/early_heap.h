// Memory for a program whose allocator is a tool that is not there yet.
//
// A preloaded tool that replaces malloc is asked for memory before it is loaded: by ld.so, by the
// constructors of libraries, by what loads the tool. What is given out then must not be libc's:
// later it is handed to the tool's free, which would not know it. So it comes from pages of our
// own, in one range, by which the guards of the shim (image/interposer.h) tell it apart for ever.
//
// Memory that is given back is not used again, but for the newest piece.
#pragma once

#include <cstddef>

#include "handoff/handoff.h"

namespace bulkhead::shims {

struct EarlyRange {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// Address space for it; made at the first call. Empty if the kernel gives none. Thread-safe.
EarlyRange early_range();

// What stands for one of the tool's functions until that is there. Memory that is none of the
// early heap's (a tool may leave calloc to libc) goes on to the next definitions, which `next`
// says.
struct NextAllocator {
  const void* of;  // behind which interposer they stand
  void* (*realloc)(void*, std::size_t);
  void (*free)(void*);
  std::size_t (*usable_size)(void*);
};
const void* early_function(handoff::Allocation kind);
void set_next_allocator(const NextAllocator& next);
bool next_allocator_is_of(const void* interposer);

// What a guard sends memory of the early heap to once the tool is there.
const void* late_function(handoff::Allocation kind);

}  // namespace bulkhead::shims
