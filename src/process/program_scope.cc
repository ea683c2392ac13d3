#include "process/program_scope.h"

#include "base/list.h"

namespace bulkhead::process {
namespace {

// 0 until it is known; it never changes. Guard: atomic.
constinit std::size_t g_size = 0;

std::size_t find_size(Arena& arena, BaseView& base) {
  std::span<const elf::Object* const> objects = base.objects();
  if (objects.empty()) return 0;
  List<std::size_t> scope(arena);
  std::span<bool> listed = arena.array<bool>(objects.size());
  std::size_t size = 0;
  auto add = [&](std::size_t index) {
    if (index >= objects.size() || listed[index]) return;
    listed[index] = true;
    scope.push_back(index);
    if (index >= size) size = index + 1;
  };
  add(0);
  // LD_PRELOAD's libraries come after the program and before what it needs.
  std::size_t first_needed = objects.size();
  objects[0]->dynamic.for_each_needed([&](std::string_view name) {
    if (first_needed == objects.size()) first_needed = base.index_of(name);
  });
  if (first_needed < objects.size()) {
    for (std::size_t i = 1; i < first_needed; ++i) add(i);
  }
  for (std::size_t i = 0; i < scope.size(); ++i) {
    objects[scope[i]]->dynamic.for_each_needed(
        [&](std::string_view name) { add(base.index_of(name)); });
  }
  return size;
}

}  // namespace

std::size_t program_scope_size(Arena& arena, BaseView& base) {
  std::size_t size = __atomic_load_n(&g_size, __ATOMIC_RELAXED);
  if (size == 0) {
    size = find_size(arena, base);
    __atomic_store_n(&g_size, size, __ATOMIC_RELAXED);
  }
  return size;
}

}  // namespace bulkhead::process
