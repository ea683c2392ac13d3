// The words of a library by which it refers to functions of others, and the definitions that they
// lead to.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/object.h"
#include "tool/libraries.h"

namespace bulkhead::tool {

// Where a library keeps the address of a function.
struct Reference {
  elf::Addr* word;
  std::string_view name;
  std::string_view version;  // empty if the reference has none
  bool data;                 // a pointer in the library's data, not an entry of GOT or PLT
};

struct Visitor {
  // Which names matter. Called once or more for each symbol.
  bool (*wants)(void* context, std::string_view name);
  void (*visit)(void* context, const Reference& reference);
  void* context;
};

// Visits each reference that is wanted, in memory as ld.so has relocated it. A word may come twice.
void for_each_reference(const elf::Object& object, const Visitor& visitor);

// The program's libraries with their tables, which are read when they are first asked for.
class Program {
 public:
  Program(Arena& arena, std::span<const Library> libraries)
      : arena_(arena),
        libraries_(libraries),
        objects_(arena.array<const elf::Object*>(libraries.size())) {}

  std::span<const Library> libraries() const { return libraries_; }

  // Null if it has none, or they cannot be read.
  const elf::Object* object(std::size_t index);

  struct Definition {
    elf::Addr address = 0;  // 0: there is none
    bool variable = false;
    std::size_t library = 0;  // its index
  };

  // The first definition, of global ones before others, that a reference to the function, of that
  // version or of none (then as
  // dlsym has it: the default one), is bound to; of an IFUNC what its resolver says. One at `but`
  // does not count.
  Definition find(std::string_view name, std::string_view version, elf::Addr but);

  // The one of a library. Address 0 and no variable if it has none.
  Definition definition_in(std::size_t index, std::string_view name, std::string_view version);

  // Whether references of all of the program lead there.
  bool is_global(elf::Addr address, std::string_view name, std::string_view version);

  // The library that an address is in; their number if it is in none.
  std::size_t library_at(elf::Addr address) const;

 private:
  Arena& arena_;
  std::span<const Library> libraries_;
  std::span<const elf::Object*> objects_;
};

}  // namespace bulkhead::tool
