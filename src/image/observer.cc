#include "image/observer.h"

#include "arch/machine.h"
#include "elf/symbols.h"
#include "image/builder.h"
#include "image/relocations.h"

namespace bulkhead::image {

Pieces build_observer(Arena& arena, std::span<const std::string_view> libraries,
                      elf::Addr resolver) {
  StringTable strings(arena, {});
  elf::Sym symbols[2] = {};
  symbols[1].st_info = elf::make_symbol_info(STB_LOCAL, STT_GNU_IFUNC);
  symbols[1].st_shndx = SHN_ABS;
  symbols[1].st_value = resolver;

  Builder builder(arena, kSmallImage);
  for (std::string_view library : libraries) builder.dynamic(DT_NEEDED, strings.add(library));
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(symbols)));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  Relocations relocations(builder, 1);
  builder.begin_segment(PF_R | PF_W);
  elf::Addr relro = builder.end();
  elf::Addr word = builder.reserve(sizeof(elf::Addr), sizeof(elf::Addr));
  relocations.add(word, 1, arch::Native::kGlobDat);
  relocations.name();
  builder.write_dynamic(relro);
  return builder.finish();
}

}  // namespace bulkhead::image
