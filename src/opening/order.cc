#include "opening/order.h"

#include <algorithm>

#include "elf/glibc.h"
#include "isolation/isolate.h"
#include "plan/rules_of_thumb.h"
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

List<Entry> in_program_order(Arena& arena, process::BaseView& base, std::size_t scope,
                             const resolve::Closure& closure, const List<Entry>& entries) {
  std::span<std::size_t> places = arena.array<std::size_t>(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    places[i] = base.index_of(entry.library == resolve::kNone
                                  ? entry.shared
                                  : closure.libraries()[entry.library].known_as());
  }
  List<Entry> ordered(arena);
  // Few are there, in order or nearly so.
  for (std::size_t after = 0;;) {
    std::size_t next = scope;
    for (std::size_t place : places) {
      if (place >= after && place < next) next = place;
    }
    if (next == scope) break;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (places[i] == next) ordered.push_back(entries[i]);
    }
    after = next + 1;
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (places[i] >= scope) ordered.push_back(entries[i]);
  }
  return ordered;
}

}  // namespace bulkhead::opening
