// What an object imports: its undefined symbols, with the version and the file that each is
// expected in.
#pragma once

#include <span>
#include <string_view>

#include "base/list.h"
#include "elf/object.h"

namespace bulkhead::elf {

// A symbol as one library imports it or another defines it.
struct Reference {
  std::string_view name;
  std::string_view version;  // empty: none
  std::string_view file;     // of an import: the library that the version is expected in
  bool weak = false;         // an import that may stay undefined
  bool thread_local_data = false;
  std::uint32_t gnu_hash = 0;  // of the name; 0: not computed

  // To be looked up in many tables.
  SymbolName symbol_name() const { return {name, gnu_hash}; }
};

// Calls `visit(const Reference&)` for each undefined symbol.
template <class Visit>
void for_each_reference(const Object& object, Visit visit) {
  for (SymbolIndex i : object.symbols.indices()) {
    const Sym& symbol = object.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF || symbol.st_name == 0) continue;
    const unsigned binding = symbol_binding(symbol);
    if (binding != STB_GLOBAL && binding != STB_WEAK) continue;
    visit(Reference{object.symbols.name(i), object.versions.name(i), object.versions.needed_from(i),
                    binding == STB_WEAK, symbol_type(symbol) == STT_TLS});
  }
}

// All of them with their hashes, for who goes through them more than once.
inline void append_references(const Object& object, List<Reference>& list) {
  for_each_reference(object, [&](Reference reference) {
    reference.gnu_hash = gnu_hash(reference.name);
    list.push_back(reference);
  });
}

}  // namespace bulkhead::elf
