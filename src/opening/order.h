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

// What a manifest lists: a file of the tree, or a mirror of that name.
struct Entry {
  std::uint32_t library = resolve::kNone;  // index in the closure
  std::string_view shared = {};
};

// The libc that an isolated capsule begins with. ld.so takes it for whatever is needed by that
// name, so nobody has to look for the file.
bool is_own_libc(const capsule::Capsule& capsule, std::string_view name);

// Whether the name means something without a search in the tree.
bool is_settled(const capsule::Capsule& capsule, std::string_view name);

// Breadth first, as ld.so walks; every mirror at the place where its name is met, since the order
// is also that of symbol lookup inside. The names of mirrors are copies.
List<Entry> order_of(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base,
                     const resolve::Closure& closure, std::span<const std::string_view> roots);

}  // namespace bulkhead::opening
