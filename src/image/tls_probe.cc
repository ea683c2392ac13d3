#include "image/tls_probe.h"

#include "arch/machine.h"
#include "image/builder.h"
#include "image/relocations.h"

namespace bulkhead::image {

Pieces build_tls_probe(Arena& arena, std::size_t size) {
  StringTable strings(arena, {});
  Builder builder(arena, kSmallImage);
  elf::Sym null_symbol = {};
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(&null_symbol, 1)));
  builder.dynamic(DT_SYMENT, sizeof null_symbol);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  Relocations relocations(builder, 1);
  relocations.name();
  builder.begin_segment(PF_R | PF_W);
  elf::Addr relro = builder.end();
  elf::Addr word = builder.reserve(sizeof(elf::Addr), alignof(elf::Addr));
  builder.thread_locals(word, size, alignof(elf::Addr));
  relocations.add(word, 0, arch::Native::kTlsPlace);
  builder.write_dynamic(relro);
  return builder.finish();
}

}  // namespace bulkhead::image
