// Symbol versions: what an object defines, and what it needs of which file.
//
// Source: the LSB's "Symbol Versioning", glibc elf/dl-version.c.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/list.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "elf/symbols.h"

namespace bulkhead::elf {

inline constexpr Half kVersionHidden = 0x8000;  // not the default version of its name
inline constexpr Half kVersionIndexMask = 0x7fff;

struct VersionDefinition {
  Half index = 0;
  Half flags = 0;  // VER_FLG_BASE: the file's own name, no version of symbols
  std::uint32_t hash = 0;
  std::string_view name;
};

struct VersionNeed {
  Half index = 0;
  Half flags = 0;  // VER_FLG_WEAK: its absence is no error
  std::uint32_t hash = 0;
  std::string_view file;
  std::string_view name;
};

class Versions {
 public:
  explicit Versions(Arena& arena) : definitions_(arena), needs_(arena), by_index_(arena) {}

  // `symbols`: the object's, whose indices are understood.
  static Result<Versions> read(Arena& arena, const Image& image, const Dynamic& dynamic,
                               const SymbolTable& symbols) {
    return read_for(arena, image, dynamic, symbols.size());
  }
  // What is defined and what is needed, and no symbol's version.
  static Result<Versions> read_names(Arena& arena, const Image& image, const Dynamic& dynamic) {
    return read_for(arena, image, dynamic, 0);
  }

  std::span<const VersionDefinition> definitions() const { return definitions_.view(); }
  std::span<const VersionNeed> needs() const { return needs_.view(); }
  std::span<const Versym> symbols() const { return versym_; }
  bool any() const { return !versym_.empty(); }

  // DT_VERSYM's entry; 1 ("global, unversioned") in an object without versions.
  Half raw(SymbolIndex symbol) const { return versym_.empty() ? Half{1} : versym_[symbol]; }

  // The version's name of that symbol, defined or needed; empty if it has none.
  std::string_view name(SymbolIndex symbol) const;
  // The file a needed version is expected in; empty for definitions.
  std::string_view needed_from(SymbolIndex symbol) const;
  bool is_default(SymbolIndex symbol) const { return (raw(symbol) & kVersionHidden) == 0; }

  // Whether the object defines a version of that name.
  bool defines(std::string_view version) const;

 private:
  struct Named {
    std::string_view name;
    std::string_view file;
  };
  static Result<Versions> read_for(Arena& arena, const Image& image, const Dynamic& dynamic,
                                   std::size_t symbol_count);
  Status read_definitions(const Image& image, const Dynamic& dynamic);
  Status read_needs(const Image& image, const Dynamic& dynamic);
  void remember(Half index, Named named);

  List<VersionDefinition> definitions_;
  List<VersionNeed> needs_;
  List<Named> by_index_;
  std::span<const Versym> versym_;
};

}  // namespace bulkhead::elf
