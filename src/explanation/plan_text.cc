#include "explanation/plan_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "messages/shown.h"

namespace bulkhead::explanation {
namespace {

using messages::shown;
using plan::Source;
using plan::SymbolUse;
using plan::VersionUse;

// Files of the tree as "TREE/usr/lib/…", since every line would start with the same path.
std::string shortened(const plan::Plan& plan, std::string_view file) {
  if (file.empty()) return "-";
  bool inside = plan.tree.size() > 1 && file.starts_with(plan.tree) &&
                file.substr(plan.tree.size()).starts_with('/');
  return inside ? "TREE" + shown(file.substr(plan.tree.size())) : shown(file);
}

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

// "9 symbols (4 alias, 5 reimplemented)", "3 absent".
std::string counts(std::span<const SymbolUse> symbols) {
  std::size_t provided = 0, absent = 0, missing = 0;
  for (const SymbolUse& use : symbols) {
    ++(use.source == Source::compat ? provided : use.weak ? absent : missing);
  }
  std::string text;
  auto separate = [&] {
    if (!text.empty()) text += "; ";
  };
  if (provided != 0) {
    std::string kinds;
    for (std::string_view kind : {"alias", "thin", "reimplemented", "data", "enosys", ""}) {
      auto count = std::ranges::count_if(symbols, [&](const SymbolUse& use) {
        return use.source == Source::compat && use.kind == kind;
      });
      if (count == 0) continue;
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count,
                           kind.empty() ? "of unknown kind" : kind);
    }
    text += fmt::format("{} symbol{} ({})", provided, plural(provided), kinds);
  }
  if (absent != 0) {
    separate();
    text += fmt::format("{} absent, and can be done without", absent);
  }
  if (missing != 0) {
    separate();
    text += fmt::format("{} missing", missing);
  }
  return text;
}

const char* origin(const VersionUse& use) {
  switch (use.source) {
    case Source::base: return "this system's";
    case Source::compat: return "compat";
    case Source::tree: return "the tree's";
    case Source::mark: return "seen to by bulkhead, not by this system's ld.so";
    case Source::none: return use.weak ? "absent, and can be done without" : "missing";
  }
  return "";
}

// "(libb.so.1 and 2 more)": who asks.
std::string users(std::string_view one, std::size_t libraries) {
  return libraries > 1 ? fmt::format("({} and {} more)", shown(one), libraries - 1)
                       : fmt::format("({})", shown(one));
}

// A version that this system has, with all its symbols.
bool is_plain(const VersionUse& use) { return use.source == Source::base && use.symbols.empty(); }

std::string row_of(const SymbolUse& use) {
  std::string_view kind = use.kind.empty() ? std::string_view("compat") : use.kind;
  if (use.source != Source::compat) kind = use.weak ? "absent, and can be done without" : "missing";
  std::string text = fmt::format("    {}  {}", shown(use.name), kind);
  if (!use.home.empty()) text += fmt::format(", before glibc 2.34 of {}", use.home);
  if (!use.note.empty()) text += fmt::format("; {}", use.note);
  return text + fmt::format("  {}\n", users(use.importer, use.libraries));
}

std::string row_of(const VersionUse& use, std::size_t width) {
  std::string text =
      fmt::format("{:<{}}{}", fmt::format("  {} {}", shown(use.version), shown(use.file)),
                  width + 4, origin(use));
  std::string_view meaning = plan::meaning_of_mark(use.version);
  if (!meaning.empty()) text += fmt::format(": {}", meaning);
  if (!use.symbols.empty()) text += fmt::format(": {}", counts(use.symbols));
  return text + fmt::format("  {}\n", users(use.importer, use.libraries));
}

}  // namespace

std::string describe(const plan::Plan& plan) {
  std::size_t name_width = std::string_view("LIBRARY").size();
  std::size_t file_width = std::string_view("FILE").size();
  for (const plan::Entry& entry : plan.entries) {
    name_width = std::max(name_width, shown(entry.name).size());
    file_width = std::max(file_width, shortened(plan, entry.file).size());
  }
  std::string text = fmt::format("TREE is {}\n", shown(plan.tree));
  if (plan.strict) text += "strict: nothing else is loaded but what is shared\n";
  for (std::string_view path : plan.permit) {
    text += fmt::format("permitted: what lies at or below {}\n", shown(path));
  }
  text += "\n";
  auto row = [&](std::string_view name, std::string_view role, std::string_view file,
                 std::string_view reason) {
    fmt::format_to(std::back_inserter(text), "{:<{}}  {:<7}  {:<{}}  {}", name, name_width, role,
                   file, file_width, reason);
  };
  row("LIBRARY", "ROLE", "FILE", "REASON\n");
  for (const plan::Entry& entry : plan.entries) {
    row(shown(entry.name), plan::name_of(entry.role), shortened(plan, entry.file),
        shown(entry.reason));
    text += entry.later ? " (if it is opened later)\n" : "\n";
  }
  if (!plan.lacks.empty()) text += "\nmissing:\n";
  for (const plan::Lack& lack : plan.lacks) {
    text += fmt::format("  {} {}; {}\n", shown(lack.what), shown(lack.detail), shown(lack.advice));
  }
  if (!plan.notes.empty()) text += "\nnotes:\n";
  for (std::string_view note : plan.notes) text += fmt::format("  {}\n", shown(note));
  return text;
}

std::string describe(std::span<const VersionUse> versions, bool details) {
  if (versions.empty()) return {};
  std::string text = "\nversions of glibc that the capsule needs:\n";
  std::size_t plain = 0, width = 0;
  for (const VersionUse& use : versions) {
    if (is_plain(use)) ++plain;
    if (details || !is_plain(use)) {
      width = std::max(width, shown(use.file).size() + 1 + shown(use.version).size());
    }
  }
  if (!details && plain != 0) {
    bool all = plain == versions.size();
    text += all ? fmt::format("  {} version{}: this system's\n", plain, plural(plain))
                : fmt::format("  {} of them: this system's\n", plain);
  }
  for (const VersionUse& use : versions) {
    if (!details && is_plain(use)) continue;
    text += row_of(use, width);
    if (!details) continue;
    for (const SymbolUse& symbol : use.symbols) text += row_of(symbol);
  }
  return text;
}

}  // namespace bulkhead::explanation
