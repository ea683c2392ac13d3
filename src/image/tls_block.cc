#include "image/tls_block.h"

#include "arch/machine.h"
#include "elf/symbols.h"

namespace bulkhead::image {

using arch::Native;
using elf::Addr;

void add_tls_block(Builder& builder, Addr words, Relocations& relocations) {
  // As little as possible: opened late, it takes of ld.so's reserve.
  builder.thread_locals(words, sizeof(Addr), alignof(Addr));
  // In this order: the second makes ld.so give it static TLS, or refuse.
  const std::uint32_t types[TlsBlock::kRelocations] = {Native::kTlsModule, Native::kTlsPlace,
                                                       Native::kTlsDescriptor};
  for (std::size_t i = 0; i < TlsBlock::kRelocations; ++i) {
    relocations.add(words + i * sizeof(Addr), 0, types[i]);
  }
}

void write_dynamic_with_tls_block(Builder& builder) {
  Relocations relocations(builder, TlsBlock::kRelocations);
  relocations.name();
  builder.begin_segment(PF_R | PF_W);
  Addr relro = builder.end();
  Addr words = builder.reserve(TlsBlock::kWords * sizeof(Addr), sizeof(Addr));
  add_tls_block(builder, words, relocations);
  builder.write_dynamic(relro);
}

elf::Sym tls_stand_in(const elf::Sym& symbol) {
  elf::Sym entry = symbol;
  unsigned binding = elf::symbol_binding(symbol) == STB_WEAK ? STB_WEAK : STB_GLOBAL;
  entry.st_info = elf::make_symbol_info(binding, STT_TLS);
  // Any ordinary section's index: ld.so tells only undefined and absolute ones apart.
  entry.st_shndx = 1;
  entry.st_value = 0;
  return entry;
}

}  // namespace bulkhead::image
