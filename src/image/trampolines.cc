#include "image/trampolines.h"

#include <cstring>

#include "arch/machine.h"
#include "image/builder.h"
#include "image/unversioned.h"

namespace bulkhead::image {

Pieces build_trampolines(Arena& arena, std::string_view soname,
                         std::span<const Trampoline> trampolines) {
  constexpr std::size_t kSize = arch::Native::kTrampolineSize;
  Unversioned tables(arena, soname, trampolines.size());
  for (const Trampoline& each : trampolines) {
    elf::Sym& symbol = tables.add(each.name);
    symbol.st_info = elf::make_symbol_info(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;  // any ordinary section's: ld.so tells only undefined and absolute apart
    symbol.st_size = kSize;
  }
  Builder builder(arena, tables.size() + trampolines.size() * kSize + 16384);
  elf::Addr symbol_at = tables.write(builder) + sizeof(elf::Sym);
  builder.begin_segment(PF_R | PF_X);
  elf::Addr code = builder.reserve(trampolines.size() * kSize, kSize);
  for (const Trampoline& each : trampolines) {
    arch::Native::write_trampoline(builder.at(code, kSize), each.target);
    std::span<std::byte> value = builder.at(symbol_at + offsetof(elf::Sym, st_value), sizeof code);
    std::memcpy(value.data(), &code, sizeof code);
    symbol_at += sizeof(elf::Sym);
    code += kSize;
  }
  builder.begin_segment(PF_R | PF_W);
  builder.write_dynamic(builder.end());
  return builder.finish();
}

}  // namespace bulkhead::image
