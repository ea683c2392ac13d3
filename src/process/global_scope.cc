#include "process/global_scope.h"

#include <algorithm>

#include "process/modules.h"

namespace bulkhead::process {

std::span<const elf::Object* const> interposers(BaseView& base) {
  std::span<const elf::Object* const> objects = base.objects();
  if (objects.empty() || !is_with_program()) return {};
  std::string_view needed;
  objects[0]->dynamic.for_each_needed([&](std::string_view name) {
    if (needed.empty()) needed = name;
  });
  std::size_t first = needed.empty() ? 1 : base.index_of(needed);
  return objects.first(first < objects.size() ? first : 1);
}

std::span<const elf::Object* const> GlobalScope::objects() {
  if (base_ == nullptr) return objects_.view();
  BaseView& base = *base_;
  base_ = nullptr;
  objects_.append(interposers(base));
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    objects_[i]->dynamic.for_each_needed([&](std::string_view name) {
      const elf::Object* needed = base.find_needed(name);
      bool known = std::ranges::find(objects_, needed) != objects_.end();
      if (needed != nullptr && !known) objects_.push_back(needed);
    });
  }
  return objects_.view();
}

namespace {

// 0 until it is known; it never changes. Guard: atomic.
constinit std::size_t g_size = 0;

}  // namespace

std::size_t program_scope_size(Arena& arena, BaseView& base) {
  std::size_t size = __atomic_load_n(&g_size, __ATOMIC_RELAXED);
  if (size != 0) return size;
  GlobalScope scope(arena, base);
  std::span<const elf::Object* const> all = base.objects();
  for (const elf::Object* object : scope.objects()) {
    auto place = static_cast<std::size_t>(std::ranges::find(all, object) - all.begin());
    size = std::max(size, place + 1);
  }
  __atomic_store_n(&g_size, size, __ATOMIC_RELAXED);
  return size;
}

std::size_t GlobalScope::place_of(const elf::Object* object) {
  std::span<const elf::Object* const> all = objects();
  return static_cast<std::size_t>(std::ranges::find(all, object) - all.begin());
}

GlobalScope::Definition GlobalScope::find_behind_program(const elf::SymbolName& name,
                                                         std::string_view version) {
  std::span<const elf::Object* const> all = objects();
  for (const elf::Object* object : all.subspan(all.empty() ? 0 : 1)) {
    if (std::optional<elf::SymbolIndex> found = object->find(name, version)) return {object, found};
  }
  return {};
}

}  // namespace bulkhead::process
