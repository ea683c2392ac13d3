#include "isolation/own_heap.h"

#include <errno.h>

#include <cstdint>

#include "base/list.h"
#include "capsule/hook_entries.h"
#include "capsule/registered.h"
#include "image/trampolines.h"
#include "isolation/heap_registry.h"
#include "isolation/heap_report.h"
#include "process/addresses.h"
#include "process/questions.h"

namespace bulkhead::isolation {

using capsule::argument;
using capsule::Capsule;
using capsule::done;
using capsule::Hook;
using capsule::HookCall;
using capsule::registered_capsules;

namespace {

// The allocation that a call inside is about to free or to move; it is not noted any more. A call
// about memory of another heap than the capsule's own is reported.
Allocation take_out(const Capsule& capsule, const void* pointer, const char* function,
                    const void* caller) {
  Allocation allocation{Allocation::kBase, nullptr};
  static_cast<void>(forget_allocation(pointer, allocation));
  if (allocation.heap != capsule.number()) {
    report_wrong_side(function, pointer, allocation, {capsule.number(), caller});
  }
  return allocation;
}

template <class T>
const void* noted(const Capsule& capsule, HookCall& call, T* pointer) {
  note_allocation(pointer, {capsule.number(), call.caller});
  return done(call, pointer);
}

const void* hooked_malloc(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call, capsule.isolation()->heap()->malloc(argument<std::size_t>(call, 0)));
}

const void* hooked_calloc(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call,
               capsule.isolation()->heap()->calloc(argument<std::size_t>(call, 0),
                                                   argument<std::size_t>(call, 1)));
}

void free_inside(const Capsule& capsule, void* pointer, const void* caller, const char* function) {
  if (pointer == nullptr) return;
  heap_of(take_out(capsule, pointer, function, caller).heap).free(pointer);
}

const void* hooked_free(Capsule& capsule, HookCall& call, const void*) {
  free_inside(capsule, argument<void*>(call, 0), call.caller, "free");
  return done(call, 0);
}

// What is there stays in its heap: whoever else has the pointer goes by that.
void* reallocate(const Capsule& capsule, void* pointer, std::size_t size, const void* caller,
                 const char* function) {
  if (pointer == nullptr) {
    void* made = capsule.isolation()->heap()->malloc(size);
    note_allocation(made, {capsule.number(), caller});
    return made;
  }
  const Allocation allocation = take_out(capsule, pointer, function, caller);
  bool own = allocation.heap == capsule.number();
  void* moved = heap_of(allocation.heap).realloc(pointer, size);
  // On failure the old one is as it was; with a size of 0 it is gone.
  void* now = moved != nullptr || size == 0 ? moved : pointer;
  if (own)
    note_allocation(now, moved != nullptr ? Allocation{capsule.number(), caller} : allocation);
  if (!own && allocation.caller != nullptr) note_allocation(now, allocation);
  return moved;
}

const void* hooked_realloc(Capsule& capsule, HookCall& call, const void*) {
  return done(call, reallocate(capsule, argument<void*>(call, 0), argument<std::size_t>(call, 1),
                               call.caller, "realloc"));
}

const void* hooked_reallocarray(Capsule& capsule, HookCall& call, const void*) {
  std::size_t size = 0;
  if (__builtin_mul_overflow(argument<std::size_t>(call, 1), argument<std::size_t>(call, 2),
                             &size)) {
    errno = ENOMEM;
    return done(call, static_cast<void*>(nullptr));
  }
  return done(call,
              reallocate(capsule, argument<void*>(call, 0), size, call.caller, "reallocarray"));
}

const void* hooked_memalign(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call,
               capsule.isolation()->heap()->memalign(argument<std::size_t>(call, 0),
                                                     argument<std::size_t>(call, 1)));
}

const void* hooked_aligned_alloc(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call,
               capsule.isolation()->heap()->aligned_alloc(argument<std::size_t>(call, 0),
                                                          argument<std::size_t>(call, 1)));
}

const void* hooked_posix_memalign(Capsule& capsule, HookCall& call, const void*) {
  auto** place = argument<void**>(call, 0);
  int error = capsule.isolation()->heap()->posix_memalign(place, argument<std::size_t>(call, 1),
                                                          argument<std::size_t>(call, 2));
  if (error == 0) note_allocation(*place, {capsule.number(), call.caller});
  return done(call, error);
}

const void* hooked_valloc(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call, capsule.isolation()->heap()->valloc(argument<std::size_t>(call, 0)));
}

const void* hooked_pvalloc(Capsule& capsule, HookCall& call, const void*) {
  return noted(capsule, call, capsule.isolation()->heap()->pvalloc(argument<std::size_t>(call, 0)));
}

const void* hooked_usable_size(Capsule&, HookCall& call, const void*) {
  auto* pointer = argument<void*>(call, 0);
  if (pointer == nullptr) return done(call, 0);
  Allocation allocation{Allocation::kBase, nullptr};
  if (!find_allocation(pointer, allocation)) allocation.heap = Allocation::kBase;
  return done(call, heap_of(allocation.heap).malloc_usable_size(pointer));
}

template <class Function>
void find_in_base(Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(process::symbol_by(RTLD_DEFAULT, name));
}

}  // namespace

Pieces build_heap_names(Arena& arena, const Capsule& capsule) {
  List<image::Trampoline> trampolines(arena);
  for (const Hook& hook : heap_hooks()) {
    auto entry = reinterpret_cast<elf::Addr>(hook_entry(capsule, hook));
    trampolines.push_back({hook.name, entry});
  }
  return image::build_trampolines(arena, kHeapNames, trampolines.view());
}

Status find_own_heap(Capsule& capsule, const elf::Object& libc) {
  HeapFunctions functions{};
  std::string_view missing;
  auto find = [&]<class Function>(Function*& function, std::string_view name) {
    std::optional<elf::SymbolIndex> index = libc.find(name, {});
    if (!index && missing.empty()) missing = name;
    elf::Addr address = index ? process::address_in(libc, libc.symbols[*index]) : 0;
    function = reinterpret_cast<Function*>(address);
  };
  find(functions.malloc, "malloc");
  find(functions.calloc, "calloc");
  find(functions.realloc, "realloc");
  find(functions.free, "free");
  find(functions.memalign, "memalign");
  find(functions.aligned_alloc, "aligned_alloc");
  find(functions.posix_memalign, "posix_memalign");
  find(functions.valloc, "valloc");
  find(functions.pvalloc, "pvalloc");
  find(functions.malloc_usable_size, "malloc_usable_size");
  if (!missing.empty()) {
    return fail(Fault::unsupported, "is not in the libc of the isolated capsule", missing);
  }
  // Now, as ld.so's lock is held: what frees the program's memory inside must not wait for it.
  static_cast<void>(heap_of_base());
  capsule.isolation()->publish(
      *capsule.keep([&](Arena& arena) { return arena.create<HeapFunctions>(functions); }));
  return {};
}

const HeapFunctions& heap_of_base() {
  // Guard: `found`, atomic; before, all threads write the same.
  static constinit HeapFunctions functions{};
  static constinit bool found = false;
  if (!__atomic_load_n(&found, __ATOMIC_ACQUIRE)) {
    // As a library of the base is bound: malloc may be the program's own. All threads find the
    // same.
    find_in_base(functions.malloc, "malloc");
    find_in_base(functions.calloc, "calloc");
    find_in_base(functions.realloc, "realloc");
    find_in_base(functions.free, "free");
    find_in_base(functions.memalign, "memalign");
    find_in_base(functions.aligned_alloc, "aligned_alloc");
    find_in_base(functions.posix_memalign, "posix_memalign");
    find_in_base(functions.valloc, "valloc");
    find_in_base(functions.pvalloc, "pvalloc");
    find_in_base(functions.malloc_usable_size, "malloc_usable_size");
    __atomic_store_n(&found, true, __ATOMIC_RELEASE);
  }
  return functions;
}

const HeapFunctions& heap_of(unsigned heap) {
  return heap < registered_capsules().size() ? *registered_capsules()[heap]->isolation()->heap()
                                             : heap_of_base();
}

std::span<const Hook> heap_hooks() {
  static constexpr Hook kHooks[] = {
      {"malloc", &hooked_malloc},
      {"calloc", &hooked_calloc},
      {"realloc", &hooked_realloc},
      {"reallocarray", &hooked_reallocarray},
      {"free", &hooked_free},
      {"cfree", &hooked_free},
      {"memalign", &hooked_memalign},
      {"aligned_alloc", &hooked_aligned_alloc},
      {"posix_memalign", &hooked_posix_memalign},
      {"valloc", &hooked_valloc},
      {"pvalloc", &hooked_pvalloc},
      {"malloc_usable_size", &hooked_usable_size},
      // The same functions, by names that allocators which stand before malloc use.
      {"__libc_malloc", &hooked_malloc},
      {"__libc_calloc", &hooked_calloc},
      {"__libc_realloc", &hooked_realloc},
      {"__libc_free", &hooked_free},
      {"__libc_memalign", &hooked_memalign},
      {"__libc_valloc", &hooked_valloc},
      {"__libc_pvalloc", &hooked_pvalloc},
  };
  return kHooks;
}

}  // namespace bulkhead::isolation
