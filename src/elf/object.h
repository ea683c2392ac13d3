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

  // The definition that ld.so would give a reference to `name` in this object:
  // `version` exactly; or, for an unversioned reference (empty `version`), the default,
  // else the base definition (check_match in glibc's elf/dl-lookup.c). An object
  // without versions answers to any.
  std::optional<std::size_t> find(std::string_view name, std::string_view version) const;
};

}  // namespace bulkhead::elf
