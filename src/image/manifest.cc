#include "image/manifest.h"

#include "image/builder.h"

namespace bulkhead::image {
namespace {

// ld.so expects a symbol table even of an object that has no symbols.
void add_empty_tables(Builder& builder, const StringTable& strings) {
  elf::Sym null_symbol = {};
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(&null_symbol, 1)));
  builder.dynamic(DT_SYMENT, sizeof null_symbol);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
}

}  // namespace

Pieces build_manifest(Arena& arena, const ManifestRecipe& recipe) {
  StringTable strings(arena, {});
  Builder builder(arena, kSmallImage);
  for (std::string_view name : recipe.needed) builder.dynamic(DT_NEEDED, strings.add(name));
  if (!recipe.rpath.empty()) builder.dynamic(DT_RPATH, strings.add(recipe.rpath));
  if (!recipe.soname.empty()) builder.dynamic(DT_SONAME, strings.add(recipe.soname));
  add_empty_tables(builder, strings);
  if (!recipe.endings.empty()) {
    // Called as they stand, as those of build_constructor.
    builder.dynamic(DT_FINI_ARRAY, builder.append_array(recipe.endings));
    builder.dynamic(DT_FINI_ARRAYSZ, recipe.endings.size_bytes());
  }
  builder.write_dynamic();
  return builder.finish();
}

Pieces build_constructor(Arena& arena, elf::Addr function, bool first) {
  StringTable strings(arena, {});
  Builder builder(arena, kSmallImage);
  if (first) builder.dynamic(DT_FLAGS_1, DF_1_INITFIRST);
  add_empty_tables(builder, strings);
  add_constructor(builder, function);
  builder.write_dynamic();
  return builder.finish();
}

void add_constructor(Builder& builder, elf::Addr function) {
  // Entries are called as they stand: no relocation adds the load bias.
  builder.dynamic(DT_INIT_ARRAY, builder.append_array(std::span<const elf::Addr>(&function, 1)));
  builder.dynamic(DT_INIT_ARRAYSZ, sizeof function);
}

}  // namespace bulkhead::image
