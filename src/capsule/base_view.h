// The libraries of the base, read once for an opening.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "elf/object.h"

namespace bulkhead::capsule {

// In ld.so's order, the program first. What ld.so reads otherwise than we do is left out. Read
// when it is first asked.
class BaseView {
 public:
  explicit BaseView(Arena& arena) : arena_(arena), objects_(arena), names_(arena) {}

  // After something was loaded: to be read anew.
  void refresh() { read_ = false; }

  std::span<const elf::Object* const> objects();
  // The index of the one that calls itself so (without a SONAME: whose file is called so);
  // objects().size() if there is none.
  std::size_t index_of(std::string_view name);
  const elf::Object* find(std::string_view name);

 private:
  Arena& arena_;
  bool read_ = false;
  List<const elf::Object*> objects_;
  List<std::string_view> names_;
};

}  // namespace bulkhead::capsule
