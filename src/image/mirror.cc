#include "image/mirror.h"

#include <array>
#include <cstring>

#include "arch/machine.h"
#include "elf/hash.h"
#include "image/builder.h"
#include "image/manifest.h"
#include "image/relocations.h"
#include "image/tables.h"
#include "image/tls_block.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// What an image has besides its tables, with a segment on a page of its own.
constexpr std::size_t kLargeImage = 3 * arch::Native::kMaxPageSize;

// The st_info in a mirror, by that in the library: variables and functions, global and weak. Looked
// up, as there are thousands of symbols.
constexpr std::array<unsigned char, 256> kInfo = [] {
  std::array<unsigned char, 256> table = {};
  for (unsigned info = 0; info < table.size(); ++info) {
    unsigned type = (info & 0xfU) == STT_OBJECT ? STT_OBJECT : STT_FUNC;
    unsigned binding = info >> 4U == STB_WEAK ? STB_WEAK : STB_GLOBAL;
    table[info] = elf::make_symbol_info(binding, type);
  }
  return table;
}();

// Makes a library's symbol one of a mirror, which has an address.
inline void give_address(elf::Sym& symbol, Addr address) {
  symbol.st_info = kInfo[symbol.st_info];
  symbol.st_shndx = SHN_ABS;
  symbol.st_value = address;
}

// Makes a library's symbol, which is number `index` there, one of its mirror.
[[gnu::always_inline]] inline void mirror_symbol(const MirrorRecipe& recipe, std::size_t index,
                                                 elf::Sym& symbol) {
  if (!recipe.tls_places.empty() && recipe.tls_places[index] != 0) {
    symbol = tls_stand_in(symbol);
  } else if (Addr address = recipe.addresses[index]) {
    give_address(symbol, address);
  } else {
    // What has no address to give is found by no reference, as if it were not there.
    symbol = {.st_name = symbol.st_name};
  }
}

// What comes after the tables.
Pieces finish(Builder& builder, const MirrorRecipe& recipe) {
  if (recipe.constructor != 0) add_constructor(builder, recipe.constructor);
  if (recipe.tls_places.empty()) {
    builder.write_dynamic();
    return builder.finish();
  }
  write_dynamic_with_tls_block(builder);
  return builder.finish();
}

// The usual case, and one that every start of a program pays for: the tables go straight
// from the library's memory into the image, with the same indices, so that the hash table
// is the library's own.
Pieces copy_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  const elf::GnuHash& hash = *source.symbols.gnu();
  std::span<const std::byte> names = source.dynamic.strings().bytes();
  StringTable added(arena, {});
  Addr soname = names.size() + added.add(recipe.soname);
  std::span<Addr> needed = arena.array<Addr>(recipe.needed.size());
  for (std::size_t i = 0; i < needed.size(); ++i) {
    needed[i] = names.size() + added.add(recipe.needed[i]);
  }
  std::size_t definition_count = 0;
  std::span<const std::byte> definitions =
      copy_definitions(arena, added, names.size(), source, recipe.extra_versions, definition_count);
  std::span<const std::byte> needs = definitions.empty()
                                         ? need_for_versions(arena, added, names.size(), source)
                                         : std::span<const std::byte>{};

  std::size_t count = source.symbols.size();
  Builder builder(arena, hash.raw.size() + count * (sizeof(elf::Sym) + sizeof(elf::Versym)) +
                             names.size() + added.bytes().size() + definitions.size() +
                             needs.size() + kLargeImage);
  for (Addr name : needed) builder.dynamic(DT_NEEDED, name);
  builder.dynamic(DT_SONAME, soname);
  builder.dynamic(DT_GNU_HASH, builder.refer(hash.raw, alignof(Addr)));
  if (!definitions.empty() || !needs.empty()) {
    builder.dynamic(DT_VERSYM,
                    builder.refer(std::as_bytes(source.versions.symbols()), alignof(elf::Versym)));
  }
  if (!needs.empty()) {
    builder.dynamic(DT_VERNEED, builder.append(needs, alignof(elf::Word)));
    builder.dynamic(DT_VERNEEDNUM, 1);
  }
  if (!definitions.empty()) {
    builder.dynamic(DT_VERDEF, builder.append(definitions, alignof(elf::Word)));
    builder.dynamic(DT_VERDEFNUM, definition_count);
  }
  Addr strings = builder.refer(names, 1);
  builder.append(added.bytes(), 1);
  builder.dynamic(DT_STRTAB, strings);
  builder.dynamic(DT_STRSZ, builder.end() - strings);
  Addr symtab = builder.reserve(count * sizeof(elf::Sym), alignof(elf::Sym));
  builder.dynamic(DT_SYMTAB, symtab);
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  auto* symbols = reinterpret_cast<elf::Sym*>(builder.at(symtab, count * sizeof(elf::Sym)).data());
  std::span<const elf::Sym> originals = source.symbols.symbols();
  for (std::size_t i = hash.symbol_offset; i < count; ++i) {
    symbols[i] = originals[i];
    mirror_symbol(recipe, i, symbols[i]);
  }
  return finish(builder, recipe);
}

// For libraries with DT_HASH only, whose hash table is made anew.
Pieces rebuild_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  StringTable strings(arena, source.dynamic.strings().bytes());
  Tables tables = clone_tables(arena, strings, {&source, {}, recipe.extra_versions});
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    mirror_symbol(recipe, tables.source_of(i), tables.symbols[i]);
  }
  Addr soname = strings.add(recipe.soname);
  std::span<Addr> needed = arena.array<Addr>(recipe.needed.size());
  for (std::size_t i = 0; i < needed.size(); ++i) needed[i] = strings.add(recipe.needed[i]);
  Builder builder(arena, tables.gnu_hash.size() + tables.symbols.size_bytes() +
                             strings.bytes().size() + tables.definitions.size() + kLargeImage);
  for (Addr name : needed) builder.dynamic(DT_NEEDED, name);
  builder.dynamic(DT_SONAME, soname);
  add_tables(builder, tables);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  return finish(builder, recipe);
}

// An image in which one of its pieces has another text at an offset, filled up with zeroes to
// `size`.
Pieces with_other_text(Arena& arena, Pieces image, std::span<const std::byte> piece, std::size_t at,
                       std::string_view text, std::size_t size) {
  std::span<std::byte> other = arena.array<std::byte>(size);
  std::memcpy(other.data(), text.data(), text.size());
  List<std::span<const std::byte>> pieces(arena);
  for (std::span<const std::byte> each : image) {
    if (each.data() != piece.data()) {
      pieces.push_back(each);
      continue;
    }
    pieces.push_back(each.first(at));
    pieces.push_back(other);
    pieces.push_back(each.subspan(at + size));
  }
  return pieces.view();
}

}  // namespace

Pieces build_mirror(Arena& arena, const MirrorRecipe& recipe) {
  return recipe.source->symbols.gnu() != nullptr ? copy_tables(arena, recipe)
                                                 : rebuild_tables(arena, recipe);
}

Twins build_twins(Arena& arena, const elf::Object& source, std::span<const Addr> addresses,
                  std::string_view first, std::string_view second) {
  List<elf::SymbolIndex> picked(arena);
  for (elf::SymbolIndex i : source.symbols.indices(0)) {
    if (addresses[i] != 0) picked.push_back(i);
  }
  constexpr std::size_t kUsualName = 24;
  StringTable strings(arena, {}, picked.size() * kUsualName);
  Tables tables = pick_tables(arena, strings, source, picked.view());
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    give_address(tables.symbols[i], addresses[tables.source_of(i)]);
  }
  Addr soname = strings.add(second);
  Builder builder(arena, tables.gnu_hash.size() + tables.symbols.size_bytes() +
                             tables.versions.size_bytes() + tables.definitions.size() +
                             strings.bytes().size() + kLargeImage);
  builder.dynamic(DT_SONAME, soname);
  refer_to_tables(builder, tables);
  builder.dynamic(DT_STRTAB, builder.refer(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  builder.write_dynamic();
  Pieces image = builder.finish();
  return {with_other_text(arena, image, strings.bytes(), soname, first, second.size()), image};
}

}  // namespace bulkhead::image
