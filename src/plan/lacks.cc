// What would stop the program once it runs: said before it starts.
#include <algorithm>

#include "base/text.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "plan/decide.h"
#include "plan/offer.h"
#include "plan/scope.h"

namespace bulkhead::plan {
namespace {

using Definition = Node::Definition;

// More would only hide the first.
constexpr std::size_t kMaxSymbolsOfOneLibrary = 8;
constexpr std::size_t kMaxOthersNamed = 3;

// Needed in the capsule and not there, which is reported: what it would define is no news. `name`
// empty: any. `later`: said of one that is needed later, if at all, is enough.
bool is_absent(const Decision& decision, std::string_view name, bool later) {
  for (const MissingLibrary& missing : decision.graphs.tree.missing) {
    if (missing.needed_by == kNone || !decision.in_capsule(missing.needed_by)) continue;
    if (decision.choices[missing.needed_by].later && !later) continue;
    if (is_always_shared(missing.name) || contains(decision.plan.share.view(), missing.name)) {
      continue;
    }
    if (name.empty() || name == missing.name) return true;
  }
  return false;
}

// Of symbols that one library wants of another the first is reported, and these with it.
class Others {
 public:
  explicit Others(Arena& arena) : arena_(arena) {}

  void add(std::string_view name) {
    if (count_++ < kMaxOthersNamed) names_ = join(arena_, {names_, count_ == 1 ? "" : ", ", name});
  }
  std::string_view text(std::string_view before) const {
    if (count_ == 0) return {};
    if (count_ <= kMaxOthersNamed) return join(arena_, {before, names_});
    return join(arena_,
                {before, names_, " and ", decimal(arena_, count_ - kMaxOthersNamed), " more"});
  }

 private:
  Arena& arena_;
  std::string_view names_;
  std::size_t count_ = 0;
};

std::string_view file_of(const Decision& decision, std::string_view library) {
  const Node* node = decision.graphs.base.find(library);
  return node == nullptr || node->file.empty() ? library : node->file;
}

std::string_view advice_for_shared(std::string_view file) {
  return is_glibc_family(file)
             ? "use a tree whose glibc is nearer to this system's"
             : "put the libgcc_s.so.1 into the tree that its libraries were built with";
}

// `later`: of a library that is opened later, if at all.
void report(Decision& decision, const Lack& lack, bool later) {
  if (!later) return decision.plan.lacks.push_back(lack);
  decision.plan.notes.push_back(
      join(decision.arena, {lack.what, " ", lack.detail, " (opened later, if at all)"}));
}

// What it is expected in has it so: nobody else can use that.
bool is_thread_local_there(const Scope& scope, const Symbol& import) {
  const Node* provider = import.file.empty() ? nullptr : scope.provider(import.file);
  return provider != nullptr &&
         provider->find(import.name, import.version) == Definition::thread_local_data;
}

void report_symbol(Decision& decision, const Scope& scope, const Node& importer,
                   const Symbol& import, const Others& others, bool later) {
  Arena& arena = decision.arena;
  const Node* provider = import.file.empty() ? nullptr : scope.provider(import.file);
  std::string_view what = import.version.empty()
                              ? import.name
                              : join(arena, {import.name, ", version ", import.version});
  std::string_view detail;
  if (import.file.empty()) {
    detail = join(arena, {"is imported by ", importer.file,
                          ", and no library of the capsule defines it", others.text(", nor ")});
  } else if (is_thread_local_there(scope, import)) {
    detail = join(arena, {"is imported by ", importer.file, " from ", import.file,
                          "; it is thread-local, and only glibc's own libraries can use that"});
  } else if (is_glibc_family(import.file)) {
    detail = join(arena, {"is imported by ", importer.file, " from ", import.file,
                          "; neither this system's ", file_of(decision, import.file),
                          " nor bulkhead's compat library has it", others.text(", nor ")});
  } else {
    detail = join(arena, {"is imported by ", importer.file, " from ", import.file, "; ",
                          provider == nullptr ? "there is no such library" : provider->file,
                          provider == nullptr ? "" : " does not have it", others.text(", nor ")});
  }
  std::string_view advice =
      is_always_shared(import.file) ? advice_for_shared(import.file)
      : provider != nullptr && contains(decision.plan.share.view(), provider->name)
          ? "do not share that library, or use another version of it"
          : "the tree contradicts itself: reinstall these libraries in it";
  report(decision, {what, detail, advice}, later);
}

void expect(Decision& decision, std::string_view name) {
  List<std::string_view>& names = decision.plan.of_program;
  if (!contains(names.view(), name)) names.push_back(name);
}

// Natively the program's symbols, and its libraries', are there for all: plugins and frameworks
// count on it. A version would say whose symbol is meant.
bool is_programs(Decision& decision, const Symbol& import) {
  if (!import.version.empty() || is_of_toolchain(import.name)) return false;
  // Of a program that is not known nothing is expected that can be done without: drivers have
  // thousands of weak references to what other drivers define.
  bool defined = !decision.graphs.has_program && !import.weak;
  const elf::SymbolName name = import.symbol_name();
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size() && !defined; ++i) {
    if (!decision.of_program[i]) continue;
    const Definition found = nodes[i].find(name, {});
    // What is thread-local in glibc's own libraries is between them.
    defined = found == Definition::ordinary ||
              (found == Definition::thread_local_data && !is_glibc_family(nodes[i].name));
  }
  if (defined) expect(decision, import.name);
  return defined && decision.graphs.has_program;
}

// The library whose copy in the tree has a symbol, while this system's is what the capsule gets.
// (Asked for what nobody in the capsule defines.)
const Node* lost_by_sharing(const Decision& decision, const Symbol& import) {
  const elf::SymbolName name = import.symbol_name();
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    const Node& node = decision.tree(i);
    if (!contains(decision.plan.share.view(), node.name)) continue;
    if (node.find(name, {}) != Definition::none) return &node;
  }
  return nullptr;
}

void report_lost(Decision& decision, const Node& importer, const Symbol& import,
                 const Node& library, bool later) {
  Arena& arena = decision.arena;
  std::string_view detail =
      join(arena, {"is imported by ", importer.file, "; the tree's ", library.name,
                   " has it, and this system's ", file_of(decision, library.name),
                   ", which is shared, does not"});
  report(decision, {import.name, detail, "do not share that library, or use another version of it"},
         later);
}

// It would be found in a library of this system's that is not on the shared list.
void report_brought(Decision& decision, const Node& importer, const Symbol& import,
                    const Node& library, bool later) {
  Arena& arena = decision.arena;
  std::string_view detail =
      join(arena, {"is imported by ", importer.file, "; this system's ", library.file,
                   " has it, which a shared library needs, and the capsule is strict"});
  report(
      decision,
      {import.name, detail, join(arena, {"share that library, too, with --share ", library.name})},
      later);
}

struct Unfound {
  Symbol import;
  bool later;
};

// Of those that are expected in one library the first is reported, which names others.
void report_unfound(Decision& decision, const Scope& scope, const Node& importer,
                    std::span<const Unfound> unfound) {
  for (std::size_t i = 0; i < unfound.size(); ++i) {
    const Symbol& import = unfound[i].import;
    auto goes_with = [&](const Unfound& other) {
      return other.import.file == import.file && other.later == unfound[i].later &&
             !is_thread_local_there(scope, other.import);
    };
    const bool alone = is_thread_local_there(scope, import);
    if (!alone && std::ranges::any_of(unfound.first(i), goes_with)) continue;
    Others others(decision.arena);
    for (const Unfound& other : unfound.subspan(i + 1)) {
      if (!alone && goes_with(other)) others.add(other.import.name);
    }
    report_symbol(decision, scope, importer, import, others, unfound[i].later);
  }
}

// The versions of what is reported are `named`.
void look_for_symbols(Decision& decision, const Scope& scope, std::uint32_t index, bool at_start,
                      List<std::string_view>& named) {
  const Node& importer = decision.tree(index);
  const bool later = decision.choices[index].later;
  Reach reach(decision, index);
  List<Unfound> unfound(decision.arena);
  std::size_t reported = 0;
  std::size_t dormant = 0;
  std::string_view first_dormant;
  const bool any_absent = is_absent(decision, {}, later);
  auto look = [&](const Symbol& import) {
    if (reported == kMaxSymbolsOfOneLibrary) return;
    const Node* by = nullptr;
    Definition found = scope.find(import, by);
    if (by != nullptr && import.version.empty() && !reach.has(*by)) expect(decision, import.name);
    if (decision.wishes.strict) {
      if (const Node* library = scope.brought(import)) {
        ++reported;
        return report_brought(decision, importer, import, *library, later);
      }
    }
    if (found != Definition::none || is_programs(decision, import) || import.weak) return;
    if (const Node* library =
            import.version.empty() ? lost_by_sharing(decision, import) : nullptr) {
      ++reported;
      return report_lost(decision, importer, import, *library, later);
    }
    // Without a version it may be meant for a program that is not here; only what has to
    // be known while loading stops anything.
    if (import.version.empty() && !is_bound_at_load(importer, import.name)) {
      if (dormant++ == 0) first_dormant = import.name;
      // Something that the program opens may have it when it is called.
      return expect(decision, import.name);
    }
    if (!import.version.empty()) {
      named.push_back(import.version);
    } else if (!at_start) {
      expect(decision, import.name);
    }
    // Who opens it may open before what has that; without a version it may be anybody's.
    const bool may_come = import.version.empty() && !at_start;
    const bool of_absent =
        any_absent && (import.file.empty() || is_absent(decision, import.file, later));
    if (!of_absent) unfound.push_back({import, later || may_come});
  };
  for (const Symbol& import : decision.tree_imports.of(index)) look(import);
  report_unfound(decision, scope, importer, unfound.view());
  if (dormant != 0 && !later) {
    Arena& arena = decision.arena;
    decision.plan.notes.push_back(join(
        arena,
        {importer.name, " calls ", first_dormant,
         dormant == 1 ? "" : join(arena, {" and ", decimal(arena, dormant - 1), " more"}),
         ", which nothing in the capsule defines; such a call would end the program, unless the "
         "program has opened what defines it by then"}));
  }
}

// ld.so looks for a version in the file that it is expected in, whether a symbol is imported
// under it or not.
void look_for_versions(Decision& decision, const Scope& scope, const Offer& offer,
                       std::uint32_t index, std::span<const std::string_view> named) {
  Arena& arena = decision.arena;
  const Node& importer = decision.tree(index);
  auto lacks = [&](const Lack& lack) { report(decision, lack, decision.choices[index].later); };
  for_each_requirement(importer, [&](const Requirement& need) {
    const Node* file = scope.provider(need.file);
    if (need.weak || file == nullptr || contains(named, need.version)) return;
    bool there = offer.part(need.file) == file
                     ? offer.version(need.file, need.version) != Source::none
                     : !file->has_versions() || file->defines_version(need.version);
    if (there) return;
    std::string_view meaning = meaning_of_mark(need.version);
    if (!meaning.empty()) {
      lacks({need.version,
             join(arena, {"is required by ", importer.file, ": ", meaning,
                          ", which this system's dynamic linker does not know"}),
             "use a tree that was built without it, or a newer system"});
    } else {
      lacks({join(arena, {"version ", need.version}),
             join(arena, {"of ", need.file, " is required by ", importer.file, "; ",
                          file->file.empty() ? need.file : file->file, " does not have it"}),
             is_always_shared(need.file)
                 ? advice_for_shared(need.file)
                 : "the tree contradicts itself: reinstall these libraries in it, or do not share "
                   "that one"});
    }
  });
  if (importer.packed_static_tls && !offer.reads_packed_relocations()) {
    lacks({importer.file,
           "has packed relocations (DT_RELR) of thread-local variables with static TLS, which "
           "only the dynamic linker of glibc 2.36 and later can do",
           "use a tree that was built without them, or a newer system"});
  }
}

void note_of_stack(Decision& decision, const Offer& offer, std::uint32_t index) {
  if (!decision.tree(index).executable_stack || offer.opens_executable_stacks()) return;
  for (std::uint32_t i = 0; i < decision.graphs.base.nodes.size(); ++i) {
    if (decision.of_program[i] && decision.graphs.base.nodes[i].executable_stack) return;
  }
  decision.plan.notes.push_back(
      join(decision.arena,
           {decision.tree(index).file,
            " wants an executable stack: this system's dynamic linker will not open it unless "
            "the program was started with one (GLIBC_TUNABLES=glibc.rtld.execstack=2)"}));
}

// What the program imports from exposed libraries has to be in the tree's copies.
void look_for_programs_symbols(Decision& decision) {
  Arena& arena = decision.arena;
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (!decision.of_program[i]) continue;
    List<Symbol> unfound(arena);
    for (const Symbol& import : decision.base_imports.of(i)) {
      if (import.weak || import.file.empty()) continue;
      if (!contains(decision.plan.expose.view(), import.file)) continue;
      const Node* target = decision.graphs.tree.find(import.file);
      if (target == nullptr) continue;
      Definition found = target->find(import.symbol_name(), import.version);
      if (found == Definition::none) unfound.push_back(import);
    }
    for (std::string_view exposed : decision.plan.expose) {
      const Symbol* first = nullptr;
      Others others(arena);
      for (const Symbol& import : unfound) {
        if (import.file != exposed) continue;
        if (first != nullptr) others.add(import.name);
        if (first == nullptr) first = &import;
      }
      if (first == nullptr) continue;
      decision.plan.lacks.push_back(
          {join(arena, {first->name, ", version ", first->version}),
           join(arena, {"is imported by ", nodes[i].file, " from ", exposed, ", which is exposed; ",
                        decision.graphs.tree.find(exposed)->file, " does not have it",
                        others.text(", nor ")}),
           "use a tree with a newer one, or do not expose it"});
    }
  }
}

}  // namespace

void look_for_lacks(Decision& decision) {
  look_for_libraries(decision);
  look_for_allocators(decision);
  // Without a base (tests, or a damaged one) every symbol of libc would be missing.
  if (decision.graphs.base.find(elf::kLibc) == nullptr) return;
  look_for_parts(decision);
  Scope scope(decision);
  const std::span<const bool> at_start = loaded_at_start(decision);
  Offer offer(decision.arena, decision.graphs.base, decision.graphs.compat,
              libgcc_behind(decision));
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (!decision.in_capsule(i)) continue;
    List<std::string_view> named(decision.arena);
    look_for_symbols(decision, scope, i, at_start[i], named);
    look_for_versions(decision, scope, offer, i, named.view());
    note_of_stack(decision, offer, i);
  }
  look_for_programs_symbols(decision);
  look_for_private_names(decision);
}

}  // namespace bulkhead::plan
