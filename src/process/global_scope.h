// What ld.so searches for everybody, in this order: the program, what was preloaded, and all that
// these need, breadth first.
//
// What was opened by dlopen is not in it: it may be closed again.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "elf/object.h"
#include "process/base_view.h"

namespace bulkhead::process {

// The program and what was preloaded: ld.so maps LD_PRELOAD's libraries after the program and
// before what it needs. Nothing in a namespace without the program.
std::span<const elf::Object* const> interposers(BaseView& base);

// How many of base.objects() are in it. ld.so lists objects in the order in which it loads them,
// and unloads none of these: so they are the first of the base, in that order. Thread-safe.
std::size_t program_scope_size(Arena& arena, BaseView& base);

// Read when it is first asked.
class GlobalScope {
 public:
  GlobalScope(Arena& arena, BaseView& base) : base_(&base), objects_(arena) {}
  // These, the program first.
  GlobalScope(Arena& arena, std::span<const elf::Object* const> objects) : objects_(arena) {
    objects_.append(objects);
  }

  std::span<const elf::Object* const> objects();

  // The place of an object among them; their number if it is none.
  std::size_t place_of(const elf::Object* object);

  // What a copy relocation of the program is made from: the first definition behind the program.
  // `object` is null if there is none, and then there is no symbol.
  struct Definition {
    const elf::Object* object = nullptr;
    std::optional<elf::SymbolIndex> symbol = {};
  };
  Definition find_behind_program(const elf::SymbolName& name, std::string_view version);

 private:
  BaseView* base_ = nullptr;  // null: it has been read
  List<const elf::Object*> objects_;
};

}  // namespace bulkhead::process
