// Isolated capsules with a heap of their own (BH_CAPSULE_OWN_HEAP, RTLD_ISOLATE).
//
// The manifest of such a capsule lists an image in front of the capsule's libc. That image has the
// names of the allocation functions, and code that leads to hooks of ours. A hook calls the
// function of the capsule's libc, and notes each piece of memory that this libc gives out
// (heap_registry.h). What the capsule frees may come from another heap, as a string does that the
// program allocated: the hook gives such memory back to the heap that it came from.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "capsule/capsule.h"
#include "capsule/hook.h"
#include "elf/object.h"

namespace bulkhead::isolation {

// The SONAME of that image.
inline constexpr std::string_view kHeapNames = "bulkhead-heap";

// glibc's allocation functions: a heap's, by which it is reached.
struct HeapFunctions {
  void* (*malloc)(std::size_t);
  void* (*calloc)(std::size_t, std::size_t);
  void* (*realloc)(void*, std::size_t);
  void (*free)(void*);
  void* (*memalign)(std::size_t, std::size_t);
  void* (*aligned_alloc)(std::size_t, std::size_t);
  int (*posix_memalign)(void**, std::size_t, std::size_t);
  void* (*valloc)(std::size_t);
  void* (*pvalloc)(std::size_t);
  std::size_t (*malloc_usable_size)(void*);
};

Pieces build_heap_names(Arena& arena, const capsule::Capsule& capsule);

// Finds the functions of a capsule's libc (Capsule::heap), before any code calls one. Errors: it
// lacks one.
Status find_own_heap(capsule::Capsule& capsule, const elf::Object& libc);

// The functions of the program's heap: those that a library of the base is bound to. Null where
// it has none. Asks ld.so at the first call.
const HeapFunctions& heap_of_base();

// That of an allocation.
const HeapFunctions& heap_of(unsigned heap);

std::span<const capsule::Hook> heap_hooks();

}  // namespace bulkhead::isolation
