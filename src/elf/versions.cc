#include "elf/versions.h"

#include <algorithm>

#include "elf/hash.h"

namespace bulkhead::elf {
namespace {

constexpr std::string_view kBadDefinitions = "has damaged version definitions";
constexpr std::string_view kBadNeeds = "has damaged version requirements";

// As many as have an index of their own in DT_VERSYM; records in a circle end here.
constexpr std::size_t kMaxVersions = kVersionIndexMask;
// Each name may be the whole string table; real ones have some 20 characters.
constexpr std::size_t kMaxName = 1U << 16U;
constexpr std::string_view kTooMany = "has an absurd number of symbol versions";

}  // namespace

void Versions::remember(Half index, Named named) {
  index &= kVersionIndexMask;
  while (by_index_.size() <= index) by_index_.push_back({});
  by_index_[index] = named;
}

Status Versions::read_definitions(const Image& image, const Dynamic& dynamic) {
  // Numbers go from 1 to the number of definitions, as linkers give them. A damaged count may say
  // anything.
  constexpr Addr kUsual = 256;
  Addr expected = dynamic.verdef == 0 ? 0 : std::min(dynamic.verdef_count, kUsual);
  definitions_.reserve(expected);
  if (expected != 0) by_index_.reserve(expected + 1);
  Addr at = dynamic.verdef;
  for (Addr i = 0; at != 0 && i < dynamic.verdef_count; ++i) {
    const auto* record = image.object<Verdef>(at);
    if (record == nullptr || record->vd_version != VER_DEF_CURRENT) {
      return fail(Fault::malformed, kBadDefinitions);
    }
    // The first auxiliary record holds the name; further ones name parents, which
    // ld.so ignores.
    const auto* auxiliary = image.object<Verdaux>(at + record->vd_aux);
    if (auxiliary == nullptr) return fail(Fault::malformed, kBadDefinitions);
    std::string_view name = dynamic.string(auxiliary->vda_name);
    if (name.empty()) return fail(Fault::malformed, kBadDefinitions);
    if (definitions_.size() == kMaxVersions || name.size() > kMaxName) {
      return fail(Fault::limit, kTooMany);
    }
    definitions_.push_back({record->vd_ndx, record->vd_flags, record->vd_hash, name});
    if ((record->vd_flags & VER_FLG_BASE) == 0) remember(record->vd_ndx, {name, {}});
    if (record->vd_next == 0) break;
    at += record->vd_next;
  }
  return {};
}

Status Versions::read_needs(const Image& image, const Dynamic& dynamic) {
  Addr at = dynamic.verneed;
  for (Addr i = 0; at != 0 && i < dynamic.verneed_count; ++i) {
    const auto* record = image.object<Verneed>(at);
    if (record == nullptr || record->vn_version != VER_NEED_CURRENT) {
      return fail(Fault::malformed, kBadNeeds);
    }
    std::string_view file = dynamic.string(record->vn_file);
    if (file.empty()) return fail(Fault::malformed, kBadNeeds);
    Addr auxiliary_at = at + record->vn_aux;
    for (Half j = 0; j < record->vn_cnt; ++j) {
      const auto* auxiliary = image.object<Vernaux>(auxiliary_at);
      if (auxiliary == nullptr) return fail(Fault::malformed, kBadNeeds);
      std::string_view name = dynamic.string(auxiliary->vna_name);
      if (name.empty()) return fail(Fault::malformed, kBadNeeds);
      if (needs_.size() == kMaxVersions || name.size() > kMaxName)
        return fail(Fault::limit, kTooMany);
      needs_.push_back(
          {auxiliary->vna_other, auxiliary->vna_flags, auxiliary->vna_hash, file, name});
      remember(auxiliary->vna_other, {name, file});
      if (auxiliary->vna_next == 0) break;
      auxiliary_at += auxiliary->vna_next;
    }
    if (record->vn_next == 0) break;
    at += record->vn_next;
  }
  return {};
}

Result<Versions> Versions::read_for(Arena& arena, const Image& image, const Dynamic& dynamic,
                                    std::size_t symbol_count) {
  Versions versions(arena);
  if (dynamic.versym != 0) {
    versions.versym_ = image.array<Versym>(dynamic.versym, symbol_count);
    if (versions.versym_.size() != symbol_count) {
      return fail(Fault::malformed, "has its version table out of bounds");
    }
  }
  if (Status s = versions.read_definitions(image, dynamic); !s) return std::unexpected(s.error());
  if (Status s = versions.read_needs(image, dynamic); !s) return std::unexpected(s.error());
  return versions;
}

std::string_view Versions::name(SymbolIndex symbol) const {
  Half index = raw(symbol) & kVersionIndexMask;
  return index >= 2 && index < by_index_.size() ? by_index_[index].name : std::string_view{};
}

std::string_view Versions::needed_from(SymbolIndex symbol) const {
  Half index = raw(symbol) & kVersionIndexMask;
  return index >= 2 && index < by_index_.size() ? by_index_[index].file : std::string_view{};
}

bool Versions::defines(std::string_view version) const {
  // As ld.so compares them: it believes the hash in the file.
  const std::uint32_t hash = sysv_hash(version);
  for (const VersionDefinition& definition : definitions_) {
    if (definition.hash == hash && (definition.flags & VER_FLG_BASE) == 0 &&
        definition.name == version) {
      return true;
    }
  }
  return false;
}

}  // namespace bulkhead::elf
