// Putting a loaded library's constructors or destructors aside.
//
// ld.so reads DT_INIT, DT_INIT_ARRAY, DT_FINI and DT_FINI_ARRAY from the dynamic section when the
// library's turn comes. Functions of ours in their place learn that it has come, and so the order.
// ld.so tells them nothing. But it calls the entries of an array one after the other, and so an
// array can spell a number, in digits of base two that are functions; the function that it calls
// last uses it.
#pragma once

#include <link.h>

#include <cstddef>
#include <span>

#include "base/arena.h"
#include "elf/image.h"

namespace bulkhead::turns {

using elf::Addr;

// What ld.so calls constructors with. To destructors it gives nothing.
using Constructor = void (*)(int, char**, char**);
using Destructor = void (*)();

// Where a dynamic section has them; null for what it does not have.
struct Entries {
  elf::Dyn* function = nullptr;  // DT_INIT or DT_FINI
  elf::Dyn* array = nullptr;
  elf::Dyn* size = nullptr;

  bool any() const { return function != nullptr || has_array(); }
  bool has_array() const { return array != nullptr && size != nullptr; }
};
Entries constructors_of(std::span<elf::Dyn> dynamic);
Entries destructors_of(std::span<elf::Dyn> dynamic);
// Of a loaded object.
std::span<elf::Dyn> dynamic_section(const link_map* object);

// Most libraries have none but the compiler's own, beside an empty _init or _fini, and give nothing
// to atexit. When these run makes no difference.
bool are_plain_constructors(const elf::Image& image, const Entries& entries);
bool are_plain_destructors(const elf::Image& image, const Entries& entries);

// A DT_FINI_ARRAY that spells `number` (16 bits) and then calls `use`.
std::span<const Addr> spell(Arena& arena, Destructor use, std::size_t number);
// What was spelt. For `use`.
std::size_t take_number();

// What was put aside.
struct Aside {
  const Addr* array = nullptr;  // null: none
  std::size_t count = 0;
  Addr function = 0;  // 0: none
};

// Has ld.so call in their place the array, and `function`, where there are such entries. False if
// they cannot be written to.
bool put_aside(const link_map* object, const elf::Image& image, const Entries& entries,
               std::span<const Addr> array, Addr function, Aside& aside);

// Nothing, for either.
void nothing();

}  // namespace bulkhead::turns
