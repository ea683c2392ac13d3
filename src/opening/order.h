// In which order a manifest lists what an opening consists of.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::opening {

// What a manifest lists: a file of the tree; or a mirror of that name, or what is loaded under it.
struct Entry {
  std::uint32_t library = resolve::kNone;  // index in the closure
  std::string_view shared = {};
};

// The libc that an isolated capsule begins with. ld.so takes it for whatever is needed by that
// name, so nobody has to look for the file.
bool is_own_libc(const capsule::Capsule& capsule, std::string_view name);

// The names under which the capsule has libraries of its own loaded (DT_SONAME). ld.so takes them
// for whatever is needed by such a name, wherever else there is a file of that name.
List<std::string_view> loaded_names(Arena& arena, const capsule::Capsule& capsule);

// What means something without a search in the tree: what is shared, and what is loaded.
struct SettledNames {
  const capsule::Capsule& capsule;
  std::span<const std::string_view> loaded;

  bool has(std::string_view name) const;
};

// Breadth first, as ld.so walks; every mirror at the place where its name is met, since the order
// is also that of symbol lookup inside. The names of mirrors are copies.
List<Entry> breadth_first(Arena& arena, const SettledNames& settled, process::BaseView& base,
                          const resolve::Closure& closure, std::span<const std::string_view> roots);

// For shims. What a dlopen of the program's brings comes in the order in which that is searched:
// one exposed library may need another by way of a private one, and a library of the base libc
// before.
List<Entry> in_order_of_dlopen(Arena& arena, const capsule::Capsule& capsule,
                               process::BaseView& base, const resolve::Closure& closure,
                               const List<Entry>& entries);

// The same, but what stands for a library of the program's own scope comes first, in the order that
// these have there: natively that scope is searched before any other. `scope`: how many of
// base.objects() are in it.
List<Entry> in_program_order(Arena& arena, process::BaseView& base, std::size_t scope,
                             const resolve::Closure& closure, const List<Entry>& entries);

}  // namespace bulkhead::opening
