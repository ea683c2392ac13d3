// A shared object or program with all that dynamic linking reads of it.
#pragma once

#include <optional>
#include <string_view>

#include "elf/dynamic.h"
#include "elf/hash.h"
#include "elf/image.h"
#include "elf/symbols.h"
#include "elf/versions.h"

namespace bulkhead::elf {

struct Object {
  Image image;
  Dynamic dynamic;
  SymbolTable symbols;
  Versions versions;

  static Result<Object> read(Arena& arena, const Image& image);

  // Whether the names of its symbols are such as a linker writes. Of a damaged or hostile file each
  // may be the whole string table, and then every step that looks at names takes for ever. For
  // whoever reads a stranger's file; ld.so has a loaded one's.
  Status check_names() const;

  // The definition that ld.so binds another object's reference to (check_match in glibc's
  // elf/dl-lookup.c). With a version: that one, or one without any that is not hidden. Without
  // (empty `version`, from an object that has no versions at all): the oldest, that is index 2
  // or below, hidden or not; else the default if there is only one. dlsym differs: it takes the
  // default before the oldest. An object without versions answers to any.
  std::optional<SymbolIndex> find(const SymbolName& name, std::string_view version) const;

  // The same, or the address of a PLT entry: what is bound to a reference that is no call.
  std::optional<SymbolIndex> find_address(const SymbolName& name, std::string_view version) const;
};

}  // namespace bulkhead::elf
