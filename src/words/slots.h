// Words that ld.so bound to a shim before the capsule was open: finding and rewriting them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "elf/object.h"
#include "process/global_scope.h"

namespace bulkhead::words {

// A shim's address ranges, and where its symbols are now.
struct Rebinding {
  elf::Addr code_begin = 0, code_end = 0;  // stubs
  elf::Addr data_begin = 0, data_end = 0;  // what stands for the target's data
  const elf::Object* shim = nullptr;       // its tables, with the new values
  // Whether the program's copies of its variables are to be filled now.
  bool fill_copies = false;
};

// A function of ours that stands in the place of one of that name.
struct Import {
  std::string_view name;
  elf::Addr address = 0;
  // The function's own: words of initialised data that have it still are rewritten, too. 0: none
  // is.
  elf::Addr original = 0;
};

struct RebindCount {
  std::size_t functions = 0;
  std::size_t data = 0;
  std::size_t copies = 0;
  std::size_t imports = 0;

  bool any() const { return functions + data + copies + imports != 0; }
};

// Rewrites every GOT entry, PLT slot and absolute word of `object` that leads to one of
// the shims, and its references to these functions, few, which it does not define. Words in RELRO
// pages are rewritten too. `scope` tells what the program's copies were made from.
RebindCount rebind(Arena& arena, const elf::Object& object, std::span<const Rebinding> shims,
                   std::span<const Import> imports, process::GlobalScope& scope);

// Makes the object's references to a function of that name lead to `address` instead. Returns
// how many words were changed.
std::size_t bind_import(const elf::Image& object, std::string_view name, elf::Addr address);

}  // namespace bulkhead::words
