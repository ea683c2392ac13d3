#include "opening/order.h"

#include <algorithm>

#include "capsule/native_scope.h"
#include "elf/glibc.h"
#include "isolation/isolate.h"
#include "plan/rules_of_thumb.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::opening {

using capsule::Capsule;

bool is_own_libc(const Capsule& capsule, std::string_view name) {
  return capsule.isolation() != nullptr && capsule.space().is_open() && name == elf::kLibc;
}

List<std::string_view> loaded_names(Arena& arena, const Capsule& capsule) {
  List<std::string_view> names(arena);
  if (!capsule.space().is_open()) return names;
  process::while_lists_stay([&] {
    const link_map* each = process::first_of(capsule.space().root());
    for (; each != nullptr; each = process::next_of(each)) {
      if (process::is_image_path(process::name_of(each))) continue;
      std::string_view soname = process::soname_of(each);
      if (!soname.empty()) names.push_back(arena.copy(soname));
    }
  });
  return names;
}

bool SettledNames::has(std::string_view name) const {
  return shares(capsule, name) || is_own_libc(capsule, name) || plan::contains(loaded, name);
}

List<Entry> breadth_first(Arena& arena, const SettledNames& settled, process::BaseView& base,
                          const resolve::Closure& closure,
                          std::span<const std::string_view> roots) {
  List<Entry> entries(arena);
  std::span<bool> listed = arena.array<bool>(closure.libraries().size());
  auto add_shared = [&](std::string_view name) {
    if (!settled.has(name)) return;
    if (std::ranges::any_of(entries, [&](const Entry& each) { return each.shared == name; }))
      return;
    entries.push_back({resolve::kNone, arena.copy(name)});  // errors outlive the closure's files
  };
  auto add_library = [&](std::uint32_t index) {
    if (listed[index]) return;
    listed[index] = true;
    entries.push_back({index, {}});
  };
  for (std::uint32_t i = 0; i < closure.libraries().size(); ++i) {
    if (closure.libraries()[i].loader == resolve::kNone) add_library(i);
  }
  for (std::string_view root : roots) add_shared(root);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].library == resolve::kNone) continue;
    for (const resolve::Need& need : closure.libraries()[entries[i].library].needs) {
      if (need.library != resolve::kNone) {
        add_library(need.library);
      } else {
        add_shared(need.name);
      }
    }
  }
  // Natively the program has it, also for who does not say so. (Capsules of the interface begin
  // with it.)
  if (!entries.empty() && !settled.capsule.request().of_interface) add_shared(elf::kLibc);
  std::string_view unwinder = isolation::unwinder_of(settled.capsule, base);
  if (!unwinder.empty()) add_shared(unwinder);
  return entries;
}

namespace {

// Those with a place before `end` come first, by their places.
List<Entry> by_places(const List<Entry>& entries, std::span<const std::size_t> places,
                      std::size_t end) {
  List<Entry> ordered(entries.arena());
  // Few are there, in order or nearly so.
  for (std::size_t after = 0;;) {
    std::size_t next = end;
    for (std::size_t place : places) {
      if (place >= after && place < next) next = place;
    }
    if (next == end) break;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (places[i] == next) ordered.push_back(entries[i]);
    }
    after = next + 1;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (places[i] >= end) ordered.push_back(entries[i]);
  }
  return ordered;
}

}  // namespace

List<Entry> in_order_of_dlopen(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               const resolve::Closure& closure, const List<Entry>& entries) {
  if (!process::has_begun()) return entries;
  const List<capsule::NativePlace> scope = scope_of_opened(arena, capsule, base, closure);
  std::span<std::size_t> places = arena.array<std::size_t>(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const bool of_tree = entry.library != resolve::kNone;
    const auto* own = of_tree ? &closure.libraries()[entry.library] : nullptr;
    auto is_it = [&](const capsule::NativePlace& place) {
      if (of_tree) return place.inside == own;
      return place.base != nullptr && place.base->dynamic.soname() == entry.shared;
    };
    places[i] = static_cast<std::size_t>(std::ranges::find_if(scope, is_it) - scope.begin());
  }
  return by_places(entries, places, scope.size());
}

List<Entry> in_program_order(Arena& arena, process::BaseView& base, std::size_t scope,
                             const resolve::Closure& closure, const List<Entry>& entries) {
  std::span<std::size_t> places = arena.array<std::size_t>(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    places[i] = base.index_of(entry.library == resolve::kNone
                                  ? entry.shared
                                  : closure.libraries()[entry.library].known_as());
  }
  return by_places(entries, places, scope);
}

}  // namespace bulkhead::opening
