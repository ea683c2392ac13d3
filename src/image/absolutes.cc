#include "image/absolutes.h"

#include "image/builder.h"
#include "image/unversioned.h"

namespace bulkhead::image {

Pieces build_absolutes(Arena& arena, std::string_view soname, std::span<const Absolute> objects) {
  Unversioned tables(arena, soname, objects.size());
  for (const Absolute& object : objects) {
    elf::Sym& symbol = tables.add(object.name);
    symbol.st_info = elf::make_symbol_info(STB_GLOBAL, STT_OBJECT);
    symbol.st_shndx = SHN_ABS;
    symbol.st_value = object.address;
    symbol.st_size = object.size;
  }
  Builder builder(arena, tables.size() + kSmallImage);
  tables.write(builder);
  builder.write_dynamic();
  return builder.finish();
}

}  // namespace bulkhead::image
