#include "turns/dependencies.h"

#include <algorithm>

#include "base/text.h"
#include "elf/dynamic.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::turns {

bool Dependencies::Object::is_called(std::string_view name) const {
  return name == soname || name == path || name == file_name_of(path);
}

Dependencies::Dependencies(Arena& arena, const link_map* first, const link_map* end)
    : objects_(arena) {
  for (; first != end; first = process::next_of(first)) {
    std::string_view path = process::name_of(first);
    if (process::is_image_path(path)) continue;
    Result<elf::Image> image = process::image_of(first);
    if (!image) continue;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic) continue;
    List<std::string_view> needed(arena);
    dynamic->for_each_needed([&](std::string_view name) {
      if (!plan::is_always_shared(name)) needed.push_back(name);
    });
    objects_.push_back({first, path, dynamic->soname(), needed.view()});
  }
  for (Object& each : objects_) {
    List<std::size_t> needs(arena);
    for (std::string_view name : each.needed) {
      auto called = [&](const Object& other) { return other.is_called(name); };
      const Object* found = std::ranges::find_if(objects_, called);
      if (found == objects_.end()) {
        each.needs_others = true;
      } else {
        needs.push_back(static_cast<std::size_t>(found - objects_.begin()));
      }
    }
    each.needs = needs.view();
  }
}

std::size_t Dependencies::index_of(const link_map* object) const {
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].object == object) return i;
  }
  return kNone;
}

void Dependencies::reach(std::size_t from, std::span<bool> reached) const {
  if (reached[from]) return;
  reached[from] = true;
  for (std::size_t need : objects_[from].needs) reach(need, reached);
}

void Dependencies::append(std::size_t index, std::span<bool> seen, List<std::size_t>& order) const {
  if (seen[index]) return;
  seen[index] = true;
  for (std::size_t need : objects_[index].needs) append(need, seen, order);
  order.push_back(index);
}

std::span<const std::size_t> Dependencies::order(Arena& arena) const {
  List<std::size_t> order(arena);
  std::span<bool> seen = arena.array<bool>(size());
  for (std::size_t i = size(); i-- > 0;) append(i, seen, order);
  return order.view();
}

std::span<bool> Dependencies::reached_from(Arena& arena, std::size_t from) const {
  std::span<bool> reached = arena.array<bool>(size());
  if (from != kNone) reach(from, reached);
  return reached;
}

bool Dependencies::needs_others(Arena& arena, std::size_t index) const {
  std::span<bool> reached = reached_from(arena, index);
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] && objects_[i].needs_others) return true;
  }
  return false;
}

bool Dependencies::needs(std::size_t index, const link_map* object) const {
  std::string_view soname = process::soname_of(object);
  std::string_view path = process::name_of(object);
  const Object called{object, path, soname, {}};
  for (std::string_view name : objects_[index].needed) {
    if (called.is_called(name)) return true;
  }
  return false;
}

}  // namespace bulkhead::turns
