#include "capsule/heap_watch.h"

#include <errno.h>

#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/own_heap.h"
#include "capsule/registered.h"
#include "process/modules.h"
#include "process/slots.h"

namespace bulkhead::capsule {
namespace {

std::string_view library_at(Arena& arena, const void* code) {
  process::Owner owner = process::owner_of(code);
  if (owner.object == nullptr) return "unknown code";
  return *owner.object->l_name == '\0' ? "the program" : arena.copy(owner.object->l_name);
}

std::string_view name_of_heap(Arena& arena, unsigned heap) {
  if (heap >= registered_capsules().size()) return "the program's heap";
  const Capsule& capsule = *registered_capsules()[heap];
  std::string_view name = capsule.request().name;
  std::string_view space = decimal(arena, static_cast<std::uint64_t>(capsule.space().id()));
  return join(arena, {"the heap of capsule \"", name, "\" (namespace ", space, ")"});
}

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

void report_wrong_side(const char* function, const void* pointer, const Allocation& allocation,
                       const Allocation& user) {
  if (!debug_enabled(Topic::heap)) return;
  KeepErrno keep;
  Arena arena;
  std::string_view by =
      allocation.caller != nullptr
          ? join(arena, {", which ", library_at(arena, allocation.caller), " allocated,"})
          : std::string_view{", allocated before it was watched,"};
  message({function, " on the wrong side: memory of ", name_of_heap(arena, allocation.heap), " at ",
           hexadecimal(arena, reinterpret_cast<std::uintptr_t>(pointer)), by,
           " is given to that of ", name_of_heap(arena, user.heap), " by ",
           library_at(arena, user.caller)});
}

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
      process::bind_import(*image, each.name, reinterpret_cast<elf::Addr>(each.function));
    }
  }
}

}  // namespace bulkhead::capsule
