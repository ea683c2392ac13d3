// The symbol tables of mirrors and shims: those of another object with its symbols
// shifted and its version definitions copied and extended.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/object.h"
#include "image/builder.h"

namespace bulkhead::image {

struct Tables {
  std::span<elf::Sym> symbols;  // ours to change until written
  std::span<const std::byte> gnu_hash;
  std::span<const elf::Versym> versions;
  std::span<const std::byte> definitions;  // DT_VERDEF; empty if the source has none
  std::size_t definition_count = 0;
  std::span<const std::byte> needs;  // DT_VERNEED, if there are no definitions
  std::uint32_t first_symbol = 0;    // index here of …
  std::uint32_t source_first = 0;    // … this symbol of the source; the rest follow in order
  bool in_order = true;              // false: the hash was built anew and sorted otherwise;
                                     // then source_index says which symbol of the source it is
  std::span<const std::size_t> source_index;

  std::size_t source_of(std::uint32_t index) const {
    return in_order ? index - first_symbol + source_first : source_index[index];
  }
};

// Undefined symbols that the new image imports, placed before the exported ones.
struct TablesRecipe {
  const elf::Object* source;
  std::span<const std::string_view> imports;
  std::span<const std::string_view> extra_versions;  // defined in addition, without symbols
  // The imports' version and its file, for a source that has versions and defines none: see
  // need_for_versions. Without any, symbols answer to dlvsym.
  std::string_view import_version = {};
  std::string_view import_file = {};
  std::size_t versioned_imports = 0;  // so many have it, the first ones
};

// DT_VERDEF anew: the source's definitions without their parents (which ld.so ignores), then
// the extra ones, whose names are added to `strings`, which will stand `strings_at` bytes
// into the image's string table. Names of the source keep their offsets.
std::span<const std::byte> copy_definitions(Arena& arena, StringTable& strings,
                                            elf::Addr strings_at, const elf::Object& source,
                                            std::span<const std::string_view> extra_versions,
                                            std::size_t& count);

// DT_VERNEED of an image that imports nothing, for a source that has versions and defines none:
// ld.so reads DT_VERSYM only of an object that defines or needs one. A weak need of libc.so.6,
// which every namespace has by that name; no library can miss a version of such an image, as it
// defines none. Empty for other sources.
std::span<const std::byte> need_for_versions(Arena& arena, StringTable& strings,
                                             elf::Addr strings_at, const elf::Object& source);

// Symbols that nobody can bind to (undefined, local) come out as undefined ones. The
// names live in `strings`, which must have started as a copy of the source's table.
Tables clone_tables(Arena& arena, StringTable& strings, const TablesRecipe& recipe);

// For a few symbols of the source, which it exports: the tables hold these alone, and `strings`
// gets their names and those of the versions.
Tables pick_tables(Arena& arena, StringTable& strings, const elf::Object& source,
                   std::span<const elf::SymbolIndex> only);

// vaddrs; 0 where there is none.
struct TablePlaces {
  elf::Addr gnu_hash = 0, versions = 0, definitions = 0, needs = 0, symbols = 0;
};

// Appends the tables to the image's read-only segment and names them in its dynamic
// section.
TablePlaces add_tables(Builder& builder, const Tables& tables);

// The same by Builder::refer.
void refer_to_tables(Builder& builder, const Tables& tables);

// Of such a name ld.so takes the first definition that it finds for all in the namespace, whatever
// the scope of who asks: C++'s inline variables.
inline bool is_unique(const elf::Sym& symbol) {
  return elf::symbol_binding(symbol) == STB_GNU_UNIQUE && elf::symbol_type(symbol) == STT_OBJECT;
}

// Where the names begin, in its string table, of those that a library itself refers to. By a
// reference ld.so knows the first definition from the beginning; others it knows once it looks for
// them.
std::span<const elf::Word> unique_references(Arena& arena, const elf::Object& library);

}  // namespace bulkhead::image
