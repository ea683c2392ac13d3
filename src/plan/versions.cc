#include "plan/versions.h"

#include <algorithm>

#include "base/text.h"
#include "plan/policy.h"

namespace bulkhead::plan {
namespace {

constexpr std::string_view kPrefix = "GLIBC_2.";

class Tally {
 public:
  Tally(Arena& arena, const Offer& offer, std::span<const CompatSymbol> table)
      : arena_(arena), offer_(offer), table_(table), entries_(arena) {}

  void look_at(const Node& library) {
    for_each_requirement(library, [&](const Requirement& need) {
      if (!is_glibc_family(need.file)) return;
      VersionUse& use = entry(need.file, need.version).use;
      ++use.libraries;
      use.weak = use.weak && need.weak;
      if (use.importer.empty()) use.importer = library.name;
    });
    for_each_import(library, [&](const Symbol& import) {
      if (import.version.empty() || !is_glibc_family(import.file)) return;
      Offer::Answer answer = offer_.symbol(import);
      if (answer.source == Source::base) return;
      SymbolUse& use = symbol(entry(import.file, import.version), import, answer.source);
      ++use.libraries;
      use.weak = use.weak && import.weak;
      if (use.importer.empty()) use.importer = library.name;
    });
  }

  std::span<const VersionUse> result() {
    List<VersionUse> uses(arena_);
    for (Entry* entry : entries_) {
      std::sort(entry->symbols.begin(), entry->symbols.end(),
                [](const SymbolUse& a, const SymbolUse& b) { return a.name < b.name; });
      entry->use.symbols = entry->symbols.view();
      uses.push_back(entry->use);
    }
    std::sort(uses.begin(), uses.end(), [](const VersionUse& a, const VersionUse& b) {
      return a.file != b.file ? a.file < b.file : is_older(a.version, b.version);
    });
    return uses.view();
  }

 private:
  struct Entry {
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

  Entry& entry(std::string_view file, std::string_view version) {
    for (Entry* entry : entries_) {
      if (entry->use.version == version && entry->use.file == file) return *entry;
    }
    auto* entry = arena_.create<Entry>(Entry{{}, List<SymbolUse>(arena_)});
    entry->use.file = file;
    entry->use.version = version;
    entry->use.source = offer_.version(file, version);
    entries_.push_back(entry);
    return *entry;
  }

  SymbolUse& symbol(Entry& entry, const Symbol& import, Source source) {
    for (SymbolUse& use : entry.symbols) {
      if (use.name == import.name) return use;
    }
    SymbolUse use{.name = import.name, .source = source};
    for (const CompatSymbol& row : table_) {
      if (row.name != import.name || row.version != import.version) continue;
      if (source == Source::compat) use.kind = row.kind;
      use.home = row.home;
      use.note = row.note;
    }
    entry.symbols.push_back(use);
    return entry.symbols.back();
  }

  Arena& arena_;
  const Offer& offer_;
  std::span<const CompatSymbol> table_;
  List<Entry*> entries_;
};

class Text {
 public:
  explicit Text(Arena& arena) : arena_(arena), bytes_(arena) {}
  void put(std::initializer_list<std::string_view> pieces) {
    for (std::string_view piece : pieces) bytes_.append({piece.data(), piece.size()});
  }
  void pad_to(std::size_t column, std::size_t start) {
    while (bytes_.size() < start + column) bytes_.push_back(' ');
  }
  std::string_view number(std::size_t value) { return decimal(arena_, value); }
  std::size_t size() const { return bytes_.size(); }
  std::string_view view() const { return {bytes_.begin(), bytes_.size()}; }

 private:
  Arena& arena_;
  List<char> bytes_;
};

std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }

// "9 symbols (4 alias, 5 reimplemented)", "3 absent".
void put_counts(Text& text, std::span<const SymbolUse> symbols) {
  std::size_t provided = 0, absent = 0, missing = 0;
  for (const SymbolUse& use : symbols) {
    ++(use.source == Source::compat ? provided : use.weak ? absent : missing);
  }
  std::string_view separator = "";
  if (provided != 0) {
    text.put({text.number(provided), " symbol", plural(provided), " ("});
    for (std::string_view kind : {"alias", "thin", "reimplemented", "data", "enosys", ""}) {
      auto is_of_kind = [&](const SymbolUse& use) {
        return use.source == Source::compat && use.kind == kind;
      };
      auto count = std::count_if(symbols.begin(), symbols.end(), is_of_kind);
      if (count == 0) continue;
      text.put({separator, text.number(static_cast<std::size_t>(count)), " ",
                kind.empty() ? "of unknown kind" : kind});
      separator = ", ";
    }
    text.put({")"});
    separator = "; ";
  }
  if (absent != 0) {
    text.put({separator, text.number(absent), " absent, and can be done without"});
    separator = "; ";
  }
  if (missing != 0) text.put({separator, text.number(missing), " missing"});
}

std::string_view how(const VersionUse& use) {
  switch (use.source) {
    case Source::base: return "this system's";
    case Source::compat: return "compat";
    case Source::tree: return "the tree's";
    case Source::mark: return "seen to by bulkhead, not by this system's ld.so";
    case Source::none: return use.weak ? "absent, and can be done without" : "missing";
  }
  return "";
}

bool is_plain(const VersionUse& use) { return use.source == Source::base && use.symbols.empty(); }

void put_symbol(Text& text, const SymbolUse& use) {
  text.put({"    ", use.name, "  "});
  if (use.source == Source::compat) {
    text.put({use.kind.empty() ? "compat" : use.kind});
  } else {
    text.put({use.weak ? "absent, and can be done without" : "missing"});
  }
  if (!use.home.empty()) text.put({", before glibc 2.34 of ", use.home});
  if (!use.note.empty()) text.put({"; ", use.note});
  text.put({"  (", use.importer});
  if (use.libraries > 1) text.put({" and ", text.number(use.libraries - 1), " more"});
  text.put({")\n"});
}

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

std::string_view describe_versions(Arena& arena, std::span<const VersionUse> versions,
                                   bool details) {
  Text text(arena);
  if (versions.empty()) return {};
  text.put({"\nversions of glibc that the capsule needs:\n"});
  std::size_t plain = 0, width = 0;
  for (const VersionUse& use : versions) {
    if (is_plain(use)) ++plain;
    if (details || !is_plain(use)) {
      width = std::max(width, use.file.size() + 1 + use.version.size());
    }
  }
  if (!details && plain != 0) {
    text.put({"  ", text.number(plain), " ", plain == versions.size() ? "version" : "of them",
              plain == versions.size() ? plural(plain) : "", ": this system's\n"});
  }
  for (const VersionUse& use : versions) {
    if (!details && is_plain(use)) continue;
    std::size_t start = text.size();
    text.put({"  ", use.version, " ", use.file});
    text.pad_to(width + 4, start);
    text.put({how(use)});
    std::string_view meaning = meaning_of_mark(use.version);
    if (!meaning.empty()) text.put({": ", meaning});
    if (!use.symbols.empty()) {
      text.put({": "});
      put_counts(text, use.symbols);
    }
    text.put({"  (", use.importer});
    if (use.libraries > 1) text.put({" and ", text.number(use.libraries - 1), " more"});
    text.put({")\n"});
    if (!details) continue;
    for (const SymbolUse& symbol : use.symbols) put_symbol(text, symbol);
  }
  return text.view();
}

}  // namespace bulkhead::plan
