// Which versions of glibc the libraries of a capsule ask for, and who has them: what
// `bulkhead explain` tells beforehand. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "plan/offer.h"
#include "plan/plan.h"

namespace bulkhead::plan {

// A row of compat's table (src/compat/symbols.tsv).
struct CompatSymbol {
  std::string_view name;
  std::string_view version;
  std::string_view kind;  // alias, thin, reimplemented, enosys, data, missing
  std::string_view home;  // before glibc 2.34 an alias needs this library in the program
  std::string_view note;
};

// A symbol that the base's glibc lacks.
struct SymbolUse {
  std::string_view name;
  Source source = Source::none;  // compat, or none
  bool weak = true;              // all who import it can do without
  std::string_view kind = {};    // of compat; "" if nobody has it
  std::string_view home = {};
  std::string_view note = {};
  std::uint32_t libraries = 0;     // that import it
  std::string_view importer = {};  // one of them
};

struct VersionUse {
  std::string_view file;
  std::string_view version;
  Source source = Source::none;
  bool weak = true;                         // all who ask for it can do without
  std::uint32_t libraries = 0;              // that ask for it
  std::string_view importer = {};           // one of them
  std::span<const SymbolUse> symbols = {};  // of this version that the base lacks
};

// By file and version, ascending. `plan` was made of `graphs`.
std::span<const VersionUse> needed_versions(Arena& arena, const Graphs& graphs, const Plan& plan,
                                            std::span<const CompatSymbol> table);

}  // namespace bulkhead::plan
