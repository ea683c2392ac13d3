#include "elf/symbols.h"

#include "base/try.h"
#include "elf/hash.h"
#include "elf/relocs.h"

namespace bulkhead::elf {

namespace {

struct GnuHeader {
  std::uint32_t bucket_count;
  std::uint32_t symbol_offset;
  std::uint32_t bloom_size;
  std::uint32_t bloom_shift;
};

constexpr std::string_view kBadGnuHash = "has a damaged GNU hash table";

Result<GnuHash> read_gnu_hash(const Image& image, Addr address) {
  const auto* header = image.object<GnuHeader>(address);
  if (header == nullptr) return fail(Fault::malformed, kBadGnuHash);
  GnuHash table;
  table.symbol_offset = header->symbol_offset;
  table.bloom_shift = header->bloom_shift;
  Addr at = address + sizeof *header;
  table.bloom = image.array<Addr>(at, header->bloom_size);
  if (table.bloom.empty() || (table.bloom.size() & (table.bloom.size() - 1)) != 0 ||
      header->bloom_shift >= 32) {
    return fail(Fault::malformed, kBadGnuHash);
  }
  at += table.bloom.size_bytes();
  table.buckets = image.array<std::uint32_t>(at, header->bucket_count);
  if (table.buckets.empty()) return fail(Fault::malformed, kBadGnuHash);
  at += table.buckets.size_bytes();
  // The table does not say how many symbols there are: the chain that starts last ends
  // with the last symbol.
  std::uint32_t last = 0;
  for (std::uint32_t bucket : table.buckets) {
    if (bucket != 0 && bucket < table.symbol_offset) return fail(Fault::malformed, kBadGnuHash);
    last = bucket > last ? bucket : last;
  }
  std::size_t chain_count = 0;
  if (last != 0) {
    std::span<const std::byte> rest = image.bytes_from(at);
    std::size_t room = rest.size() / sizeof(std::uint32_t);
    std::span<const std::uint32_t> chains = image.array<std::uint32_t>(at, room);
    std::size_t index = last - table.symbol_offset;
    while (index < chains.size() && (chains[index] & 1U) == 0) ++index;
    if (index >= chains.size()) return fail(Fault::malformed, kBadGnuHash);
    chain_count = index + 1;
  }
  table.chains = image.array<std::uint32_t>(at, chain_count);
  at += chain_count * sizeof(std::uint32_t);
  table.raw = image.bytes(address, at - address);
  return table;
}

// One more than the highest symbol that a relocation refers to. GNU ld writes a hash table
// for one symbol when nothing is exported, as in most programs: this tells how many there are
// at least.
Result<std::size_t> count_relocated(const Image& image, const Dynamic& dynamic) {
  std::size_t count = 0;
  BH_TRY(for_each_relocation(image, dynamic, [&](const Relocation& relocation) {
    const auto number = static_cast<std::size_t>(relocation.symbol);
    if (number >= count) count = number + 1;
  }));
  return count;
}

}  // namespace

bool may_export(const Image& image, const Dynamic& dynamic, const SymbolName& name) {
  if (dynamic.symtab == 0) return false;
  const auto* header = image.object<GnuHeader>(dynamic.gnu_hash);
  if (dynamic.gnu_hash == 0 || header == nullptr || header->bloom_shift >= 32) return true;
  GnuHash table;
  table.bloom_shift = header->bloom_shift;
  table.bloom = image.array<Addr>(dynamic.gnu_hash + sizeof *header, header->bloom_size);
  if (table.bloom.empty() || (table.bloom.size() & (table.bloom.size() - 1)) != 0) return true;
  return table.may_contain(name.gnu_hash());
}

Result<SymbolTable> SymbolTable::read(const Image& image, const Dynamic& dynamic) {
  SymbolTable table;
  table.dynamic_ = dynamic;
  if (dynamic.symtab == 0) return table;
  std::size_t count = 0;
  if (dynamic.gnu_hash != 0) {
    table.gnu_ = BH_TRY(read_gnu_hash(image, dynamic.gnu_hash));
    count = std::size_t{table.gnu_.symbol_offset} + table.gnu_.chains.size();
  }
  if (dynamic.hash != 0) {
    std::span<const std::uint32_t> header = image.array<std::uint32_t>(dynamic.hash, 2);
    if (header.empty()) return fail(Fault::malformed, "has a damaged hash table");
    std::size_t buckets = header[0];
    std::size_t chains = header[1];
    Addr at = dynamic.hash + 2 * sizeof(std::uint32_t);
    table.sysv_buckets_ = image.array<std::uint32_t>(at, buckets);
    table.sysv_chains_ = image.array<std::uint32_t>(at + buckets * sizeof(std::uint32_t), chains);
    if (table.sysv_buckets_.size() != buckets || table.sysv_chains_.size() != chains) {
      return fail(Fault::malformed, "has a damaged hash table");
    }
    if (chains > count) count = chains;
  } else if (table.gnu_.chains.empty()) {
    std::size_t relocated = BH_TRY(count_relocated(image, dynamic));
    if (relocated > count) count = relocated;
  }
  table.symbols_ = image.array<Sym>(dynamic.symtab, count);
  if (table.symbols_.size() != count) {
    return fail(Fault::malformed, "has its symbol table out of bounds");
  }
  if (count > kMaxSymbols) return fail(Fault::limit, "has an absurd number of symbols");
  return table;
}

}  // namespace bulkhead::elf
