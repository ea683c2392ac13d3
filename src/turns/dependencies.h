// Which of the libraries in a capsule need which, as their dynamic sections say.
#pragma once

#include <link.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"

namespace bulkhead::turns {

class Dependencies {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // The objects of a namespace from `first` on, generated images left out. They stay. `end`: the
  // one behind them; null if there is none.
  Dependencies(Arena& arena, const link_map* first, const link_map* end = nullptr);

  std::size_t size() const { return objects_.size(); }
  const link_map* operator[](std::size_t index) const { return objects_[index].object; }
  std::size_t index_of(const link_map* object) const;

  // What it needs itself.
  std::span<const std::size_t> needs(std::size_t index) const { return objects_[index].needs; }

  // Marks it, and all that it needs, directly or not.
  void reach(std::size_t from, std::span<bool> reached) const;
  std::span<bool> reached_from(Arena& arena, std::size_t from) const;

  // Whether it needs, directly or not, a library that is none of these: one of the base's.
  bool needs_others(Arena& arena, std::size_t index) const;

  // In which order ld.so initialises them (since glibc 2.35; before, it differs where libraries do
  // not need each other): depth first, from the last to the first.
  std::span<const std::size_t> order(Arena& arena) const;

  // Whether it needs that object itself, which may be another one than these.
  bool needs(std::size_t index, const link_map* object) const;

 private:
  void append(std::size_t index, std::span<bool> seen, List<std::size_t>& order) const;

  struct Object {
    const link_map* object;
    std::string_view path, soname;
    std::span<const std::string_view> needed;
    std::span<const std::size_t> needs = {};  // of these
    bool needs_others = false;

    bool is_called(std::string_view name) const;
  };

  List<Object> objects_;
};

}  // namespace bulkhead::turns
