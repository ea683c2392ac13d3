#include "image/absolutes.h"

#include "elf/hash.h"
#include "elf/symbols.h"
#include "image/builder.h"

namespace bulkhead::image {

Pieces build_absolutes(Arena& arena, std::string_view soname, std::span<const Absolute> objects) {
  StringTable strings(arena, {});
  elf::Addr name = strings.add(soname);
  auto count = static_cast<std::uint32_t>(objects.size() + 1);
  std::span<elf::Sym> symbols = arena.array<elf::Sym>(count);
  // DT_HASH: buckets and chains, one bucket a symbol. Every lookup in the capsule passes it.
  std::span<std::uint32_t> hash = arena.array<std::uint32_t>(2 + std::size_t{2} * count);
  hash[0] = count;
  hash[1] = count;
  std::span<std::uint32_t> buckets = hash.subspan(2, count);
  std::span<std::uint32_t> chains = hash.subspan(2 + std::size_t{count}, count);
  for (std::uint32_t i = 1; i < count; ++i) {
    const Absolute& object = objects[i - 1];
    symbols[i].st_name = static_cast<elf::Word>(strings.add(object.name));
    symbols[i].st_info = elf::make_symbol_info(STB_GLOBAL, STT_OBJECT);
    symbols[i].st_shndx = SHN_ABS;
    symbols[i].st_value = object.address;
    symbols[i].st_size = object.size;
    std::uint32_t bucket = elf::sysv_hash(object.name) % count;
    chains[i] = buckets[bucket];
    buckets[bucket] = i;
  }
  Builder builder(arena, symbols.size_bytes() + strings.bytes().size() + 16384);
  builder.dynamic(DT_SONAME, name);
  // Else ld.so notes at the first binding to it that it must stay, under a lock that another thread
  // may hold for long: natively no such lock is taken for the program.
  builder.dynamic(DT_FLAGS_1, DF_1_NODELETE);
  builder.dynamic(DT_HASH, builder.append_array(std::span<const std::uint32_t>(hash)));
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(symbols)));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  builder.begin_segment(PF_R | PF_W);
  builder.write_dynamic(builder.end());
  return builder.finish();
}

}  // namespace bulkhead::image
