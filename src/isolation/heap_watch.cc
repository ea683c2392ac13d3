#include "isolation/heap_watch.h"

#include <errno.h>

#include "base/diagnostics.h"
#include "isolation/heap_report.h"
#include "isolation/own_heap.h"
#include "process/modules.h"
#include "words/slots.h"

namespace bulkhead::isolation {

using capsule::Capsule;

namespace {

// What stands in for the base's functions. `own`: whether the memory is the base's.
bool is_of_base(const char* function, const void* pointer, const void* caller,
                Allocation& allocation) {
  if (!forget_allocation(pointer, allocation)) allocation = {Allocation::kBase, nullptr};
  if (allocation.heap == Allocation::kBase) return true;
  report_wrong_side(function, pointer, allocation, {Allocation::kBase, caller});
  return false;
}

void* note(void* pointer, const void* caller) {
  note_allocation(pointer, {Allocation::kBase, caller});
  return pointer;
}

void* watched_malloc(std::size_t size) {
  return note(heap_of_base().malloc(size), __builtin_return_address(0));
}

void* watched_calloc(std::size_t count, std::size_t size) {
  return note(heap_of_base().calloc(count, size), __builtin_return_address(0));
}

void* watched_memalign(std::size_t alignment, std::size_t size) {
  return note(heap_of_base().memalign(alignment, size), __builtin_return_address(0));
}

void* watched_aligned_alloc(std::size_t alignment, std::size_t size) {
  return note(heap_of_base().aligned_alloc(alignment, size), __builtin_return_address(0));
}

int watched_posix_memalign(void** place, std::size_t alignment, std::size_t size) {
  int error = heap_of_base().posix_memalign(place, alignment, size);
  if (error == 0) note(*place, __builtin_return_address(0));
  return error;
}

void watched_free(void* pointer) {
  if (pointer == nullptr) return;
  Allocation allocation{};
  static_cast<void>(is_of_base("free", pointer, __builtin_return_address(0), allocation));
  heap_of(allocation.heap).free(pointer);
}

void* reallocate(const char* function, void* pointer, std::size_t size, const void* caller) {
  if (pointer == nullptr) return note(heap_of_base().malloc(size), caller);
  Allocation allocation{};
  static_cast<void>(is_of_base(function, pointer, caller, allocation));
  void* moved = heap_of(allocation.heap).realloc(pointer, size);
  // On failure the old one is as it was; with a size of 0 it is gone.
  if (moved != nullptr) {
    note_allocation(moved, {allocation.heap, caller});
  } else if (size != 0 && allocation.caller != nullptr) {
    note_allocation(pointer, allocation);
  }
  return moved;
}

void* watched_realloc(void* pointer, std::size_t size) {
  return reallocate("realloc", pointer, size, __builtin_return_address(0));
}

void* watched_reallocarray(void* pointer, std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return reallocate("reallocarray", pointer, bytes, __builtin_return_address(0));
}

struct Watch {
  std::string_view name;
  const void* function;
};

template <class Function>
Watch watch(std::string_view name, Function* function) {
  return {name, reinterpret_cast<const void*>(function)};
}

}  // namespace

void watch_base(Arena& arena) {
  if (!debug_enabled(Topic::heap)) return;
  const Watch all[] = {watch("malloc", &watched_malloc),
                       watch("calloc", &watched_calloc),
                       watch("realloc", &watched_realloc),
                       watch("reallocarray", &watched_reallocarray),
                       watch("free", &watched_free),
                       watch("memalign", &watched_memalign),
                       watch("aligned_alloc", &watched_aligned_alloc),
                       watch("posix_memalign", &watched_posix_memalign)};
  static_cast<void>(heap_of_base());
  auto ours = reinterpret_cast<elf::Addr>(&watched_free);
  for (const process::BaseObject& object : process::base_objects(arena)) {
    if (object.contains(ours)) continue;
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) continue;
    for (const Watch& each : all) {
      words::bind_import(*image, each.name, reinterpret_cast<elf::Addr>(each.function));
    }
  }
}

}  // namespace bulkhead::isolation
