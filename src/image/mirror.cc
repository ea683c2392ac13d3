#include "image/mirror.h"

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

void put_stand_ins(const MirrorRecipe& recipe) {
  for (std::size_t i = 0; i < recipe.tls_places.size(); ++i) {
    if (recipe.tls_places[i] == 0) continue;
    recipe.symbols.view()[i] = tls_stand_in(recipe.source->symbols.symbols()[i]);
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
// from memory into the file, with the library's indices, so that the hash table is its own.
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

  std::span<const std::byte> symbols = std::as_bytes(recipe.symbols.view());
  Builder builder(arena, hash.raw.size() + symbols.size() +
                             source.symbols.size() * sizeof(elf::Versym) + names.size() +
                             added.bytes().size() + definitions.size() + needs.size() +
                             kLargeImage);
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
  builder.dynamic(DT_SYMTAB, builder.refer(symbols, alignof(elf::Sym)));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  return finish(builder, recipe);
}

// For libraries with DT_HASH only, whose hash table is made anew.
Pieces rebuild_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  StringTable strings(arena, source.dynamic.strings().bytes());
  Tables tables = clone_tables(arena, strings, {&source, {}, recipe.extra_versions});
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    const elf::Word name = tables.symbols[i].st_name;
    tables.symbols[i] = recipe.symbols.view()[tables.source_of(i)];
    tables.symbols[i].st_name = name;
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
  put_stand_ins(recipe);
  return recipe.source->symbols.gnu() != nullptr ? copy_tables(arena, recipe)
                                                 : rebuild_tables(arena, recipe);
}

Twins build_twins(Arena& arena, const elf::Object& source, const AbsoluteSymbols& symbols,
                  std::string_view first, std::string_view second) {
  List<elf::SymbolIndex> picked(arena);
  for (elf::SymbolIndex i : source.symbols.indices(0)) {
    if (symbols[i] != 0) picked.push_back(i);
  }
  constexpr std::size_t kUsualName = 24;
  StringTable strings(arena, {}, picked.size() * kUsualName);
  Tables tables = pick_tables(arena, strings, source, picked.view());
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    const elf::Word name = tables.symbols[i].st_name;
    tables.symbols[i] = symbols.view()[tables.source_of(i)];
    tables.symbols[i].st_name = name;
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
