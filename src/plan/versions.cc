#include "plan/versions.h"

#include <algorithm>

#include "base/text.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {
namespace {

constexpr std::string_view kPrefix = "GLIBC_2.";

class Tally {
 public:
  Tally(Arena& arena, const Offer& offer, std::span<const CompatSymbol> table)
      : arena_(arena), offer_(offer), table_(table), rows_(arena) {}

  void look_at(const Node& library) {
    for_each_requirement(library, [&](const Requirement& need) {
      if (!is_glibc_family(need.file)) return;
      VersionUse& use = row_of(need.file, need.version).use;
      ++use.libraries;
      use.weak = use.weak && need.weak;
      if (use.importer.empty()) use.importer = library.name;
    });
    for_each_import(library, [&](const Symbol& import) {
      if (import.version.empty() || !is_glibc_family(import.file)) return;
      Offer::Answer answer = offer_.symbol(import);
      if (answer.source == Source::base) return;
      SymbolUse& use = symbol(row_of(import.file, import.version), import, answer.source);
      ++use.libraries;
      use.weak = use.weak && import.weak;
      if (use.importer.empty()) use.importer = library.name;
    });
  }

  std::span<const VersionUse> result() {
    List<VersionUse> uses(arena_);
    for (Row* row : rows_) {
      std::sort(row->symbols.begin(), row->symbols.end(),
                [](const SymbolUse& a, const SymbolUse& b) { return a.name < b.name; });
      row->use.symbols = row->symbols.view();
      uses.push_back(row->use);
    }
    std::sort(uses.begin(), uses.end(), [](const VersionUse& a, const VersionUse& b) {
      return a.file != b.file ? a.file < b.file : is_older(a.version, b.version);
    });
    return uses.view();
  }

 private:
  struct Row {
    VersionUse use;
    List<SymbolUse> symbols;
  };

  // Numbers as numbers; marks and the like after all of them.
  static bool is_older(std::string_view a, std::string_view b) {
    bool a_numbered = a.starts_with(kPrefix), b_numbered = b.starts_with(kPrefix);
    if (a_numbered != b_numbered) return a_numbered;
    if (!a_numbered) return a < b;
    for (a = drop(a, kPrefix.size()), b = drop(b, kPrefix.size()); !a.empty() || !b.empty();) {
      std::uint64_t first = 0, second = 0;
      (void)parse_number(split_off(a, '.'), first);
      (void)parse_number(split_off(b, '.'), second);
      if (first != second) return first < second;
    }
    return false;
  }

  Row& row_of(std::string_view file, std::string_view version) {
    for (Row* row : rows_) {
      if (row->use.version == version && row->use.file == file) return *row;
    }
    auto* row = arena_.create<Row>(Row{{}, List<SymbolUse>(arena_)});
    row->use.file = file;
    row->use.version = version;
    row->use.source = offer_.version(file, version);
    rows_.push_back(row);
    return *row;
  }

  SymbolUse& symbol(Row& row, const Symbol& import, Source source) {
    for (SymbolUse& use : row.symbols) {
      if (use.name == import.name) return use;
    }
    SymbolUse use{.name = import.name, .source = source};
    for (const CompatSymbol& known : table_) {
      if (known.name != import.name || known.version != import.version) continue;
      if (source == Source::compat) use.kind = known.kind;
      use.home = known.home;
      use.note = known.note;
    }
    row.symbols.push_back(use);
    return row.symbols.back();
  }

  Arena& arena_;
  const Offer& offer_;
  std::span<const CompatSymbol> table_;
  List<Row*> rows_;
};

}  // namespace

std::span<const VersionUse> needed_versions(Arena& arena, const Graphs& graphs, const Plan& plan,
                                            std::span<const CompatSymbol> table) {
  Offer offer(arena, graphs.base, graphs.compat);
  Tally tally(arena, offer, table);
  for (const Entry& entry : plan.entries) {
    if (entry.role == Role::shared) continue;
    if (const Node* library = graphs.tree.find(entry.name)) tally.look_at(*library);
  }
  return tally.result();
}

}  // namespace bulkhead::plan
