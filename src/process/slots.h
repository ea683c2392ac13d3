// Words that ld.so bound to a shim before the capsule was open: finding and rewriting them.
#pragma once

#include <span>

#include "elf/object.h"
#include "process/modules.h"

namespace bulkhead::process {

// A shim's address ranges, and where its symbols are now.
struct Rebinding {
  elf::Addr code_begin = 0, code_end = 0;  // stubs
  elf::Addr data_begin = 0, data_end = 0;  // what stands for the target's data
  const elf::Object* shim = nullptr;       // its tables, with the new values
  // Whether the program's copies of its variables are to be filled now.
  bool fill_copies = false;
};

struct RebindCount {
  std::size_t functions = 0;
  std::size_t data = 0;
  std::size_t copies = 0;
};

// Rewrites every GOT entry, PLT slot and absolute word of `object` that leads to one of
// the shims. Words in RELRO pages are rewritten too.
RebindCount rebind(const BaseObject& object, std::span<const Rebinding> shims);

// Makes the object's references to a function of that name lead to `address` instead. Returns
// how many words were changed.
std::size_t bind_import(const elf::Image& object, std::string_view name, elf::Addr address);

}  // namespace bulkhead::process
