#include "image/unversioned.h"

#include "elf/hash.h"

namespace bulkhead::image {

Unversioned::Unversioned(Arena& arena, std::string_view soname, std::size_t count)
    : strings_(arena, {}),
      soname_(strings_.add(soname)),
      symbols_(arena.array<elf::Sym>(count + 1)),
      // DT_HASH: buckets and chains, one bucket a symbol. Every lookup in the capsule passes it.
      hash_(arena.array<std::uint32_t>(2 + 2 * symbols_.size())) {
  hash_[0] = static_cast<std::uint32_t>(symbols_.size());
  hash_[1] = hash_[0];
}

elf::Sym& Unversioned::add(std::string_view name) {
  std::uint32_t index = ++added_;
  symbols_[index].st_name = static_cast<elf::Word>(strings_.add(name));
  std::span<std::uint32_t> buckets = hash_.subspan(2, symbols_.size());
  std::span<std::uint32_t> chains = hash_.subspan(2 + symbols_.size(), symbols_.size());
  std::uint32_t& bucket = buckets[elf::sysv_hash(name) % symbols_.size()];
  chains[index] = bucket;
  bucket = index;
  return symbols_[index];
}

elf::Addr Unversioned::write(Builder& builder) {
  builder.dynamic(DT_SONAME, soname_);
  // Else ld.so notes at the first binding to it that it must stay, under a lock that another thread
  // may hold for long: natively no such lock is taken for the program.
  builder.dynamic(DT_FLAGS_1, DF_1_NODELETE);
  builder.dynamic(DT_HASH, builder.append_array(std::span<const std::uint32_t>(hash_)));
  elf::Addr symtab = builder.append_array(std::span<const elf::Sym>(symbols_));
  builder.dynamic(DT_SYMTAB, symtab);
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  builder.dynamic(DT_STRTAB, builder.append(strings_.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings_.bytes().size());
  return symtab;
}

}  // namespace bulkhead::image
