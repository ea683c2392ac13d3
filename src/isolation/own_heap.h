// Isolated capsules with a heap of their own (BH_CAPSULE_OWN_HEAP, RTLD_ISOLATE).
//
// In front of the capsule's libc stands an image with the allocation functions' names, whose code
// lies in the capsule's namespace and goes on to ours. These call the libc's own, and note what it
// gave out (heap_registry.h); what they are to free that is not its own goes to the heap that it
// belongs to.
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
