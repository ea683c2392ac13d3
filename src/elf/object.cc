#include "elf/object.h"

namespace bulkhead::elf {

Result<Object> Object::read(Arena& arena, const Image& image) {
  Result<Dynamic> dynamic = Dynamic::read(image);
  if (!dynamic) return std::unexpected(dynamic.error());
  Result<SymbolTable> symbols = SymbolTable::read(image, *dynamic);
  if (!symbols) return std::unexpected(symbols.error());
  Result<Versions> versions = Versions::read(arena, image, *dynamic, symbols->size());
  if (!versions) return std::unexpected(versions.error());
  return Object{image, *dynamic, *symbols, *versions};
}

std::optional<std::size_t> Object::find(std::string_view name, std::string_view version) const {
  std::optional<std::size_t> found;
  symbols.for_each_named(name, gnu_hash(name), [&](std::size_t index) {
    if (!versions.any()) {
      found = index;
      return true;
    }
    Half raw = versions.raw(index);
    if (version.empty()) {
      // Unversioned references take the base definition (index 1 or 2: the oldest) or
      // the default one.
      if ((raw & kVersionIndexMask) <= 2 || (raw & kVersionHidden) == 0) {
        found = index;
        return (raw & kVersionHidden) == 0;
      }
      return false;
    }
    std::string_view defined = versions.name(index);
    // A versioned reference also accepts an unversioned global definition, so that
    // objects built before versions were introduced keep working.
    if (defined == version || (defined.empty() && (raw & kVersionIndexMask) == 1)) {
      found = index;
      return defined == version;
    }
    return false;
  });
  return found;
}

}  // namespace bulkhead::elf
