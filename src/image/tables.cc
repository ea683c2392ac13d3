#include "image/tables.h"

#include <cstring>

#include "base/list.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "elf/relocs.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// DT_VERDEF in the making.
class Definitions {
 public:
  explicit Definitions(Arena& arena) : records_(arena) {}

  // `name`: where it is in the string table.
  void add(const elf::VersionDefinition& definition, Addr name) {
    Record record = {};
    record.definition = {VER_DEF_CURRENT, definition.flags,    definition.index, 1,
                         definition.hash, sizeof(elf::Verdef), sizeof(Record)};
    record.name.vda_name = static_cast<elf::Word>(name);
    records_.push_back(record);
    if (definition.index > last_) last_ = definition.index;
  }

  elf::Half next_index() const { return static_cast<elf::Half>(last_ + 1); }

  std::span<const std::byte> finish(std::size_t& count) {
    count = records_.size();
    if (!records_.empty()) records_.back().definition.vd_next = 0;
    return std::as_bytes(records_.view());
  }

 private:
  struct Record {
    elf::Verdef definition;
    elf::Verdaux name;
  };
  static_assert(sizeof(Record) == sizeof(elf::Verdef) + sizeof(elf::Verdaux));

  List<Record> records_;
  elf::Half last_ = 1;
};

// The number of the version that imports have.
constexpr elf::Versym kNeeded = 2;

// `file` and `name`: where they are in the string table.
std::span<const std::byte> need_version(Arena& arena, Addr file, std::string_view version,
                                        Addr name, elf::Half flags) {
  struct Record {
    elf::Verneed need;
    elf::Vernaux version;
  };
  std::span<Record> record = arena.array<Record>(1);
  record[0].need = {.vn_version = VER_NEED_CURRENT,
                    .vn_cnt = 1,
                    .vn_file = static_cast<elf::Word>(file),
                    .vn_aux = sizeof(elf::Verneed),
                    .vn_next = 0};
  record[0].version = {.vna_hash = elf::sysv_hash(version),
                       .vna_flags = flags,
                       .vna_other = kNeeded,
                       .vna_name = static_cast<elf::Word>(name),
                       .vna_next = 0};
  return std::as_bytes(record);
}

// A symbol as it appears in the new table before addresses are known.
// A name that lies behind the source's strings would be one of those that are added to their copy.
elf::Sym exportable(const elf::Object& source, const elf::Sym& symbol) {
  elf::Sym result = {};
  if (elf::is_exported(symbol)) result = symbol;
  const bool named = symbol.st_name < source.dynamic.strings().bytes().size();
  result.st_name = named ? symbol.st_name : 0;
  return result;
}

void clone_in_order(Arena& arena, const elf::GnuHash& hash, const elf::Object& source,
                    Tables& tables, std::span<elf::Versym> versions) {
  tables.source_first = hash.symbol_offset;
  std::size_t to = tables.first_symbol;
  for (elf::SymbolIndex from :
       source.symbols.indices(hash.symbol_offset, hash.symbol_offset + hash.chains.size())) {
    tables.symbols[to] = exportable(source, source.symbols[from]);
    versions[to] = source.versions.raw(from);
    ++to;
  }
  // Same names in the same order: the same hash table, but for the index of the first
  // symbol, which every non-empty bucket is relative to.
  std::span<std::byte> copy = {
      static_cast<std::byte*>(arena.allocate(hash.raw.size(), alignof(Addr))), hash.raw.size()};
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

// For objects with DT_HASH only, and for a part of the symbols; `hashes`: of their names. Two
// symbols a bucket and 12 bits of bloom filter a symbol are what GNU ld aims at.
void build_hash(Arena& arena, const elf::Object& source, std::span<const elf::SymbolIndex> exported,
                std::span<const std::uint32_t> hashes, Tables& tables,
                std::span<elf::Versym> versions) {
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
  std::span<std::uint32_t> next = arena.array<std::uint32_t>(bucket_count + 1);
  for (std::uint32_t hash : hashes) ++next[hash % bucket_count + 1];
  for (std::uint32_t b = 0; b < bucket_count; ++b) next[b + 1] += next[b];
  std::span<std::size_t> origin = arena.array<std::size_t>(tables.first_symbol + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t bucket = hashes[i] % bucket_count;
    std::uint32_t place = next[bucket]++;
    std::uint32_t index = tables.first_symbol + place;
    tables.symbols[index] = exportable(source, source.symbols[exported[i]]);
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
  const char* text = reinterpret_cast<const char*>(source.dynamic.strings().bytes().data());
  Definitions definitions(arena);
  for (const elf::VersionDefinition& definition : source.versions.definitions()) {
    definitions.add(definition, static_cast<Addr>(definition.name.data() - text));
  }
  for (std::string_view version : extra_versions) {
    definitions.add({definitions.next_index(), 0, elf::sysv_hash(version), version},
                    strings_at + strings.add(version));
  }
  return definitions.finish(count);
}

std::span<const std::byte> need_for_versions(Arena& arena, StringTable& strings, Addr strings_at,
                                             const elf::Object& source) {
  if (!source.versions.definitions().empty() || !source.versions.any()) return {};
  constexpr std::string_view kAnyVersion = "GLIBC";
  return need_version(arena, strings_at + strings.add(elf::kLibc), kAnyVersion,
                      strings_at + strings.add(kAnyVersion), VER_FLG_WEAK);
}

Tables clone_tables(Arena& arena, StringTable& strings, const TablesRecipe& recipe) {
  const elf::Object& source = *recipe.source;
  const elf::GnuHash* hash = source.symbols.gnu();
  Tables tables;
  tables.first_symbol = static_cast<std::uint32_t>(1 + recipe.imports.size());
  List<elf::SymbolIndex> exported(arena);
  std::size_t count = 0;
  if (hash != nullptr) {
    count = hash->chains.size();
  } else {
    for (elf::SymbolIndex i : source.symbols.indices()) {
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
    std::span<std::uint32_t> hashes = arena.array<std::uint32_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = elf::gnu_hash(source.symbols.name(exported[i]));
    }
    build_hash(arena, source, exported.view(), hashes, tables, versions);
  }
  tables.definitions =
      copy_definitions(arena, strings, 0, source, recipe.extra_versions, tables.definition_count);
  if (!tables.definitions.empty()) {
    tables.versions = versions;
  } else if (!recipe.import_version.empty() && source.versions.any()) {
    tables.needs = need_version(arena, strings.add(recipe.import_file), recipe.import_version,
                                strings.add(recipe.import_version), 0);
    tables.versions = versions;
    for (std::size_t i = 0; i < recipe.versioned_imports; ++i) versions[1 + i] = kNeeded;
  } else if (recipe.imports.empty()) {
    tables.needs = need_for_versions(arena, strings, 0, source);
    if (!tables.needs.empty()) tables.versions = versions;
  }
  return tables;
}

Tables pick_tables(Arena& arena, StringTable& strings, const elf::Object& source,
                   std::span<const elf::SymbolIndex> only) {
  Tables tables;
  tables.first_symbol = 1;
  tables.symbols = arena.array<elf::Sym>(1 + only.size());
  std::span<elf::Versym> versions = arena.array<elf::Versym>(tables.symbols.size());
  std::span<std::uint32_t> hashes = arena.array<std::uint32_t>(only.size());
  for (std::size_t i = 0; i < only.size(); ++i) {
    hashes[i] = elf::gnu_hash(source.symbols.name(only[i]));
  }
  build_hash(arena, source, only, hashes, tables, versions);
  // A symbol keeps the name that it has in the source's table until then.
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    std::string_view name = source.dynamic.strings().string(tables.symbols[i].st_name);
    tables.symbols[i].st_name = static_cast<elf::Word>(strings.add(name));
  }
  Definitions definitions(arena);
  for (const elf::VersionDefinition& definition : source.versions.definitions()) {
    definitions.add(definition, strings.add(definition.name));
  }
  tables.definitions = definitions.finish(tables.definition_count);
  if (!tables.definitions.empty()) tables.versions = versions;
  return tables;
}

namespace {

// `put(bytes, alignment)` gives the vaddr.
template <class Put>
TablePlaces name_tables(Builder& builder, const Tables& tables, Put put) {
  TablePlaces places;
  auto name = [&](Addr tag, std::span<const std::byte> bytes, std::size_t alignment) {
    Addr at = put(bytes, alignment);
    builder.dynamic(tag, at);
    return at;
  };
  places.gnu_hash = name(DT_GNU_HASH, tables.gnu_hash, alignof(Addr));
  if (!tables.versions.empty()) {
    places.versions = name(DT_VERSYM, std::as_bytes(tables.versions), alignof(elf::Versym));
  }
  if (!tables.definitions.empty()) {
    places.definitions = name(DT_VERDEF, tables.definitions, alignof(elf::Word));
    builder.dynamic(DT_VERDEFNUM, tables.definition_count);
  }
  if (!tables.needs.empty()) {
    places.needs = name(DT_VERNEED, tables.needs, alignof(elf::Word));
    builder.dynamic(DT_VERNEEDNUM, 1);
  }
  places.symbols = name(DT_SYMTAB, std::as_bytes(tables.symbols), alignof(elf::Sym));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  return places;
}

}  // namespace

TablePlaces add_tables(Builder& builder, const Tables& tables) {
  return name_tables(builder, tables, [&](std::span<const std::byte> bytes, std::size_t alignment) {
    return builder.append(bytes, alignment);
  });
}

void refer_to_tables(Builder& builder, const Tables& tables) {
  name_tables(builder, tables, [&](std::span<const std::byte> bytes, std::size_t alignment) {
    return builder.refer(bytes, alignment);
  });
}

std::span<const elf::Word> unique_references(Arena& arena, const elf::Object& library) {
  List<elf::Word> names(arena);
  auto visit = [&](const elf::Relocation& relocation) {
    const std::optional<elf::SymbolIndex> index = library.symbols.index(relocation.symbol);
    if (!index) return;
    const elf::Sym& symbol = library.symbols[*index];
    if (is_unique(symbol)) names.push_back(symbol.st_name);
  };
  // What makes no sense in it ld.so will say.
  static_cast<void>(elf::for_each_symbolic_relocation(library.image, library.dynamic, visit));
  return names.view();
}

}  // namespace bulkhead::image
