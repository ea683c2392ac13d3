#include "image/tables.h"

#include <cstring>

#include "elf/hash.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// A symbol as it appears in the new table before addresses are known.
elf::Sym exportable(const elf::Sym& symbol) {
  if (elf::is_exported(symbol)) return symbol;
  elf::Sym hidden = {};
  hidden.st_name = symbol.st_name;
  return hidden;
}

void clone_in_order(Arena& arena, const elf::GnuHash& hash, const elf::Object& source,
                    Tables& tables, std::span<elf::Versym> versions) {
  tables.source_first = hash.symbol_offset;
  for (std::size_t i = 0; i < hash.chains.size(); ++i) {
    std::size_t from = hash.symbol_offset + i;
    tables.symbols[tables.first_symbol + i] = exportable(source.symbols[from]);
    versions[tables.first_symbol + i] = source.versions.raw(from);
  }
  // Same names in the same order: the same hash table, but for the index of the first
  // symbol, which every non-empty bucket is relative to.
  std::span<std::byte> copy = arena.array<std::byte>(hash.raw.size());
  std::memcpy(copy.data(), hash.raw.data(), copy.size());
  auto* words = reinterpret_cast<std::uint32_t*>(copy.data());
  words[1] = tables.first_symbol;
  auto* buckets = words + 4 + hash.bloom.size() * (sizeof(Addr) / sizeof(std::uint32_t));
  std::uint32_t shift = tables.first_symbol - hash.symbol_offset;
  for (std::size_t i = 0; i < hash.buckets.size(); ++i) {
    if (buckets[i] != 0) buckets[i] += shift;
  }
  tables.gnu_hash = copy;
}

// For objects with DT_HASH only, and for a part of the symbols. Two symbols a bucket and 12 bits of
// bloom filter a symbol are what GNU ld aims at.
void build_hash(Arena& arena, const elf::Object& source, std::span<const std::uint32_t> exported,
                Tables& tables, std::span<elf::Versym> versions) {
  auto count = static_cast<std::uint32_t>(exported.size());
  std::uint32_t bucket_count = count / 2 + 1;
  std::uint32_t bloom_size = 1;
  while (bloom_size * 8 * sizeof(Addr) < 12 * std::size_t{count}) bloom_size *= 2;
  constexpr std::uint32_t kBits = 8 * sizeof(Addr);
  constexpr std::uint32_t kShift = 6;
  std::size_t size =
      16 + bloom_size * sizeof(Addr) + (bucket_count + count) * sizeof(std::uint32_t);
  std::span<std::byte> bytes = {static_cast<std::byte*>(arena.allocate(size, alignof(Addr))), size};
  auto* header = reinterpret_cast<std::uint32_t*>(bytes.data());
  header[0] = bucket_count;
  header[1] = tables.first_symbol;
  header[2] = bloom_size;
  header[3] = kShift;
  auto* bloom = reinterpret_cast<Addr*>(header + 4);
  auto* buckets = reinterpret_cast<std::uint32_t*>(bloom + bloom_size);
  std::uint32_t* chains = buckets + bucket_count;

  // A counting sort by bucket.
  std::span<std::uint32_t> hashes = arena.array<std::uint32_t>(count);
  std::span<std::uint32_t> next = arena.array<std::uint32_t>(bucket_count + 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    hashes[i] = elf::gnu_hash(source.symbols.name(exported[i]));
    ++next[hashes[i] % bucket_count + 1];
  }
  for (std::uint32_t b = 0; b < bucket_count; ++b) next[b + 1] += next[b];
  std::span<std::uint32_t> origin = arena.array<std::uint32_t>(tables.first_symbol + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t bucket = hashes[i] % bucket_count;
    std::uint32_t place = next[bucket]++;
    std::uint32_t index = tables.first_symbol + place;
    tables.symbols[index] = source.symbols[exported[i]];
    versions[index] = source.versions.raw(exported[i]);
    origin[index] = exported[i];
    if (buckets[bucket] == 0) buckets[bucket] = index;
    chains[place] = hashes[i] & ~1U;
    bloom[(hashes[i] / kBits) & (bloom_size - 1)] |=
        (Addr{1} << (hashes[i] % kBits)) | (Addr{1} << ((hashes[i] >> kShift) % kBits));
  }
  // next[b] now is the end of bucket b: its last symbol carries the end mark.
  for (std::uint32_t b = 0; b < bucket_count; ++b) {
    if (buckets[b] != 0) chains[next[b] - 1] |= 1U;
  }
  tables.gnu_hash = bytes;
  tables.source_index = origin;
  tables.in_order = false;
}

}  // namespace

std::span<const std::byte> copy_definitions(Arena& arena, StringTable& strings, Addr strings_at,
                                            const elf::Object& source,
                                            std::span<const std::string_view> extra_versions,
                                            std::size_t& count) {
  struct Record {
    elf::Verdef definition;
    elf::Verdaux name;
  };
  static_assert(sizeof(Record) == sizeof(elf::Verdef) + sizeof(elf::Verdaux));
  const char* text = reinterpret_cast<const char*>(source.dynamic.strings().data());
  List<Record> records(arena);
  elf::Half last = 1;
  auto add = [&](elf::Half index, elf::Half flags, std::uint32_t hash, Addr name) {
    Record record = {};
    record.definition = {VER_DEF_CURRENT,     flags,         index, 1, hash,
                         sizeof(elf::Verdef), sizeof(Record)};
    record.name.vda_name = static_cast<elf::Word>(name);
    records.push_back(record);
    if (index > last) last = index;
  };
  for (const elf::VersionDefinition& definition : source.versions.definitions()) {
    add(definition.index, definition.flags, definition.hash,
        static_cast<Addr>(definition.name.data() - text));
  }
  for (std::string_view version : extra_versions) {
    add(static_cast<elf::Half>(last + 1), 0, elf::sysv_hash(version),
        strings_at + strings.add(version));
  }
  count = records.size();
  if (!records.empty()) records.back().definition.vd_next = 0;
  return std::as_bytes(records.view());
}

Tables clone_tables(Arena& arena, StringTable& strings, const TablesRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  const elf::GnuHash* hash = recipe.only.empty() ? source.symbols.gnu() : nullptr;
  Tables tables;
  tables.first_symbol = static_cast<std::uint32_t>(1 + recipe.imports.size());
  List<std::uint32_t> exported(arena);
  std::size_t count = 0;
  if (hash != nullptr) {
    count = hash->chains.size();
  } else if (!recipe.only.empty()) {
    exported.append(recipe.only);
    count = exported.size();
  } else {
    for (std::uint32_t i = 1; i < source.symbols.size(); ++i) {
      if (elf::is_exported(source.symbols[i])) exported.push_back(i);
    }
    count = exported.size();
  }
  tables.symbols = arena.array<elf::Sym>(tables.first_symbol + count);
  std::span<elf::Versym> versions = arena.array<elf::Versym>(tables.symbols.size());
  for (std::size_t i = 0; i < recipe.imports.size(); ++i) {
    tables.symbols[1 + i].st_name = static_cast<elf::Word>(strings.add(recipe.imports[i]));
    tables.symbols[1 + i].st_info = elf::make_symbol_info(STB_GLOBAL, STT_NOTYPE);
    versions[1 + i] = 1;
  }
  if (hash != nullptr) {
    clone_in_order(arena, *hash, source, tables, versions);
  } else {
    build_hash(arena, source, exported.view(), tables, versions);
  }
  tables.definitions =
      copy_definitions(arena, strings, 0, source, recipe.extra_versions, tables.definition_count);
  if (!tables.definitions.empty()) tables.versions = versions;
  return tables;
}

Addr add_tables(Builder& builder, const Tables& tables) {
  builder.dynamic(DT_GNU_HASH, builder.append(tables.gnu_hash, alignof(Addr)));
  if (!tables.definitions.empty()) {
    builder.dynamic(DT_VERSYM, builder.append_array(tables.versions));
    builder.dynamic(DT_VERDEF, builder.append(tables.definitions, alignof(elf::Word)));
    builder.dynamic(DT_VERDEFNUM, tables.definition_count);
  }
  Addr symtab = builder.append_array(std::span<const elf::Sym>(tables.symbols));
  builder.dynamic(DT_SYMTAB, symtab);
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  return symtab;
}

}  // namespace bulkhead::image
