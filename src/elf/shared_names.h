// The names that two objects both have in their hash tables: what ld.so may find in the one or in
// the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "elf/object.h"

namespace bulkhead::elf {
namespace detail {

// Whether `library` may define the symbol that has this link in another object's hash
// chain, which is the name's hash without its lowest bit: so no name has to be read, and
// nearly all symbols of nearly all libraries end here.
inline bool may_define(const GnuHash& library, std::uint32_t link) {
  if (!library.may_contain_either(link)) return false;
  auto in_chain = [&](std::uint32_t hash) {
    if (!library.may_contain(hash)) return false;
    std::uint32_t index = library.buckets[hash % library.buckets.size()];
    if (index < library.symbol_offset) return false;
    for (std::size_t i = index - library.symbol_offset; i < library.chains.size(); ++i) {
      if (((library.chains[i] ^ hash) >> 1U) == 0) return true;
      if ((library.chains[i] & 1U) != 0) break;
    }
    return false;
  };
  return in_chain(link & ~1U) || in_chain(link | 1U);
}

// Whether a symbol of an object, that others can be bound to, may be defined by the other as well.
inline bool may_share(const Object& object, SymbolIndex index, const Object& other) {
  const GnuHash* hash = object.symbols.gnu();
  if (hash == nullptr || other.symbols.gnu() == nullptr) return true;
  std::size_t place = index - hash->symbol_offset;
  return place < hash->chains.size() && may_define(*other.symbols.gnu(), hash->chains[place]);
}

}  // namespace detail

// Calls `visit(index in one, index in other)` for each pair of the same name, whatever their
// versions and kinds. Goes along the smaller table.
template <class Visit>
void for_each_shared_name(const Object& one, const Object& other, Visit visit) {
  const bool along_one = one.symbols.size() < other.symbols.size();
  const Object& shorter = along_one ? one : other;
  const Object& longer = along_one ? other : one;
  const GnuHash* hash = shorter.symbols.gnu();
  for (SymbolIndex i : shorter.symbols.indices(hash != nullptr ? hash->symbol_offset : 1)) {
    if (!detail::may_share(shorter, i, longer)) continue;
    longer.symbols.for_each_hashed(shorter.symbols.name(i), [&](SymbolIndex index) {
      visit(along_one ? i : index, along_one ? index : i);
      return false;
    });
  }
}

}  // namespace bulkhead::elf
