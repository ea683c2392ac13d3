#include "image/mirror.h"

#include <cstring>

#include "elf/hash.h"
#include "image/builder.h"
#include "image/tables.h"
#include "image/tls_block.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// The entry of a mirror for a symbol of the base, which is number `index` there.
elf::Sym mirrored(const MirrorRecipe& recipe, const elf::Sym& symbol, std::size_t index) {
  Addr address = recipe.addresses[index];
  if (!recipe.tls_places.empty() && recipe.tls_places[index] != 0) return tls_stand_in(symbol);
  // What has no address to give is found by no reference, as if it were not there.
  if (address == 0 || !elf::is_exported(symbol)) return {.st_name = symbol.st_name};
  elf::Sym entry = symbol;
  unsigned type = elf::symbol_type(symbol) == STT_OBJECT ? STT_OBJECT : STT_FUNC;
  unsigned binding = elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL;
  entry.st_info = elf::make_symbol_info(binding, type);
  entry.st_shndx = SHN_ABS;
  entry.st_value = address;
  return entry;
}

// The writable part, and the rest.
Pieces finish(Builder& builder, const MirrorRecipe& recipe) {
  Addr relocations = 0;
  if (!recipe.tls_places.empty()) {
    constexpr std::size_t kSize = TlsBlock::kRelocations * sizeof(elf::Rela);
    relocations = builder.reserve(kSize, alignof(elf::Rela));
    builder.dynamic(DT_RELA, relocations);
    builder.dynamic(DT_RELASZ, kSize);
    builder.dynamic(DT_RELAENT, sizeof(elf::Rela));
  }
  builder.begin_segment(PF_R | PF_W);
  Addr relro = builder.end();
  if (relocations != 0) {
    Addr words = builder.reserve(TlsBlock::kWords * sizeof(Addr), sizeof(Addr));
    add_tls_block(builder, words, relocations);
  }
  builder.write_dynamic(relro);
  return builder.finish();
}

// The usual case, and one that every start of a program pays for: the tables go straight
// from the library's memory into the image, with the same indices, so that the hash table
// is the library's own.
Pieces copy_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  const elf::GnuHash& hash = *source.symbols.gnu();
  std::span<const std::byte> names = source.dynamic.strings();
  StringTable added(arena, {});
  Addr soname = names.size() + added.add(recipe.soname);
  std::size_t definition_count = 0;
  std::span<const std::byte> definitions =
      copy_definitions(arena, added, names.size(), source, recipe.extra_versions, definition_count);

  std::size_t count = source.symbols.size();
  Builder builder(arena, hash.raw.size() + count * (sizeof(elf::Sym) + sizeof(elf::Versym)) +
                             names.size() + added.bytes().size() + definitions.size() + 16384);
  builder.dynamic(DT_SONAME, soname);
  builder.dynamic(DT_GNU_HASH, builder.refer(hash.raw, alignof(Addr)));
  if (!definitions.empty()) {
    builder.dynamic(DT_VERSYM,
                    builder.refer(std::as_bytes(source.versions.symbols()), alignof(elf::Versym)));
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
  for (std::size_t i = hash.symbol_offset; i < count; ++i) {
    symbols[i] = mirrored(recipe, source.symbols[i], i);
  }
  return finish(builder, recipe);
}

// For libraries with DT_HASH only, whose hash table is made anew.
Pieces rebuild_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  StringTable strings(arena, source.dynamic.strings());
  Tables tables = clone_tables(arena, strings, {&source, {}, recipe.extra_versions});
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    tables.symbols[i] = mirrored(recipe, tables.symbols[i], tables.source_of(i));
  }
  Addr soname = strings.add(recipe.soname);
  Builder builder(arena, tables.gnu_hash.size() + tables.symbols.size_bytes() +
                             strings.bytes().size() + tables.definitions.size() + 32768);
  builder.dynamic(DT_SONAME, soname);
  add_tables(builder, tables);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  return finish(builder, recipe);
}

// For a few of the library's symbols; names stay where they are.
Pieces pick_tables(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  List<std::uint32_t> picked(arena);
  for (std::uint32_t i = 0; i < recipe.addresses.size(); ++i) {
    if (recipe.addresses[i] != 0 && elf::is_exported(source.symbols[i])) picked.push_back(i);
  }
  StringTable added(arena, {});
  Tables tables = clone_tables(arena, added, {&source, {}, {}, picked.view()});
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    tables.symbols[i] = mirrored(recipe, tables.symbols[i], tables.source_of(i));
  }
  std::span<const std::byte> names = source.dynamic.strings();
  Builder builder(arena, names.size() + tables.gnu_hash.size() + tables.symbols.size_bytes() +
                             tables.definitions.size() + 32768);
  builder.dynamic(DT_SONAME, names.size() + added.add(recipe.soname));
  add_tables(builder, tables);
  Addr strings = builder.refer(names, 1);
  builder.append(added.bytes(), 1);
  builder.dynamic(DT_STRTAB, strings);
  builder.dynamic(DT_STRSZ, builder.end() - strings);
  return finish(builder, recipe);
}

}  // namespace

Pieces build_mirror(Arena& arena, const MirrorRecipe& recipe) {
  if (recipe.few) return pick_tables(arena, recipe);
  return recipe.source->symbols.gnu() != nullptr ? copy_tables(arena, recipe)
                                                 : rebuild_tables(arena, recipe);
}

}  // namespace bulkhead::image
