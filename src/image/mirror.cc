#include "image/mirror.h"

#include "image/builder.h"
#include "image/tables.h"

namespace bulkhead::image {

std::span<const std::byte> build_mirror(Arena& arena, const MirrorRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  StringTable strings(arena, source.dynamic.strings());
  Tables tables = clone_tables(arena, strings, {&source, {}, recipe.extra_versions});
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    elf::Sym& symbol = tables.symbols[i];
    elf::Addr address = recipe.addresses[tables.source_of(i)];
    if (symbol.st_shndx == SHN_UNDEF) continue;
    if (address == 0) {
      // A reference finds nothing here, as if the library did not have it.
      symbol = {.st_name = symbol.st_name};
      continue;
    }
    unsigned type = elf::symbol_type(symbol) == STT_OBJECT ? STT_OBJECT : STT_FUNC;
    unsigned binding = elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL;
    symbol.st_info = elf::make_symbol_info(binding, type);
    symbol.st_shndx = SHN_ABS;
    symbol.st_value = address;
  }
  elf::Addr soname = strings.add(recipe.soname);
  std::size_t size = tables.gnu_hash.size() + tables.symbols.size_bytes() + strings.bytes().size() +
                     tables.definitions.size() + tables.versions.size_bytes();
  Builder builder(arena, size + 16384);
  builder.dynamic(DT_SONAME, soname);
  add_tables(builder, tables);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  builder.begin_segment(PF_R | PF_W);
  builder.write_dynamic(builder.end());
  return builder.finish();
}

}  // namespace bulkhead::image
