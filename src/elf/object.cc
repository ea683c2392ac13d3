#include "elf/object.h"

namespace bulkhead::elf {

Result<Object> Object::read(Arena& arena, const Image& image) {
  // Nothing is copied that need not be: threads with small stacks come here, too.
  Result<Dynamic> dynamic = Dynamic::read(image);
  if (!dynamic) return std::unexpected(dynamic.error());
  Result<SymbolTable> symbols = SymbolTable::read(image, *dynamic);
  if (!symbols) return std::unexpected(symbols.error());
  Result<Versions> versions = Versions::read(arena, image, *dynamic, *symbols);
  if (!versions) return std::unexpected(versions.error());
  return Result<Object>(std::in_place, image, *dynamic, *symbols, *versions);
}

namespace {

template <class Counts>
std::optional<SymbolIndex> find_among(const Object& object, const SymbolName& name,
                                      std::string_view version, Counts counts) {
  const Versions& versions = object.versions;
  std::optional<SymbolIndex> found;
  std::optional<SymbolIndex> fallback;
  std::size_t defaults = 0;
  object.symbols.for_each_hashed(name, [&](SymbolIndex index) {
    if (!counts(object.symbols[index])) return false;
    const Half number = versions.raw(index) & kVersionIndexMask;
    const bool hidden = !versions.is_default(index);
    bool matches = !versions.any();
    if (!matches && version.empty()) {
      // 2 is the first version that was ever defined: what a reference meant before
      // there were others.
      matches = number <= 2;
      if (!matches && !hidden && defaults++ == 0) fallback = index;
    } else if (!matches) {
      std::string_view defined = versions.name(index);
      matches = defined == version || (defined.empty() && !hidden);
    }
    if (matches) found = index;
    return matches;
  });
  return found || defaults != 1 ? found : fallback;
}

}  // namespace

Status Object::check_names() const {
  // Linkers write each name once, and let one be the end of another; several versions share one.
  constexpr std::size_t kTimes = 16;
  constexpr std::size_t kSome = 1U << 16U;
  std::size_t room = kTimes * dynamic.strings().bytes().size() + kSome;
  for (SymbolIndex i : symbols.indices()) {
    const std::size_t size = symbols.name(i).size();
    if (size > room) return fail(Fault::limit, "has symbols of absurdly long names");
    room -= size;
  }
  return {};
}

std::optional<SymbolIndex> Object::find(const SymbolName& name, std::string_view version) const {
  return find_among(*this, name, version, [](const Sym& symbol) { return is_exported(symbol); });
}

std::optional<SymbolIndex> Object::find_address(const SymbolName& name,
                                                std::string_view version) const {
  return find_among(*this, name, version, [](const Sym& symbol) {
    return is_exported(symbol) || is_plt_address(symbol);
  });
}

}  // namespace bulkhead::elf
