// What would stop the program once it runs: said before it starts.
//
// ld.so looks a symbol up by name and version in every object of the capsule's scope,
// whichever file the version was expected in; so do we: a library that wants
// pthread_create@GLIBC_2.34 of libc.so.6 is content with compat's.
#include "base/text.h"
#include "elf/hash.h"
#include "plan/decide.h"

namespace bulkhead::plan {
namespace {

using Definition = Node::Definition;

// Versions without symbols: marks that say what the dynamic linker can do.
struct Mark {
  std::string_view version;
  std::string_view meaning;
  bool needed;  // an older dynamic linker would load the library and misread it
};
constexpr Mark kMarks[] = {
    {"GLIBC_ABI_DT_RELR", "relative relocations in the packed form (DT_RELR, glibc 2.36)", true},
    {"GLIBC_ABI_GNU2_TLS", "a fixed way to keep registers in TLS descriptors", false},
    {"GLIBC_ABI_GNU_TLS", "a fixed way to keep registers in calls of __tls_get_addr", false},
    {"GLIBC_ABI_DT_X86_64_PLT", "PLT entries that can be rewritten", false},
};

// More would only hide the first.
constexpr std::size_t kMaxSymbolsOfOneLibrary = 8;

class Search {
 public:
  explicit Search(Decision& decision) : decision_(decision), scope_(decision.arena) {
    for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
      if (decision.in_capsule(i)) scope_.push_back(&decision.tree(i));
    }
    private_count_ = scope_.size();
    for (const Node& node : decision.graphs.base.nodes) {
      if (is_always_shared(node.name) || contains(decision.plan.share.view(), node.name)) {
        scope_.push_back(&node);
      }
    }
    for (const Node& node : decision.graphs.compat) scope_.push_back(&node);
  }

  // The library that is loaded under this name; nullptr if there is none.
  const Node* provider(std::string_view name) const {
    for (const Node* node : scope_) {
      if (node->name == name) return node;
    }
    return nullptr;
  }

  Definition find(const Symbol& import) const {
    std::uint32_t hash = elf::gnu_hash(import.name);
    Definition best = Definition::none;
    for (std::size_t i = 0; i < scope_.size(); ++i) {
      Definition found = scope_[i]->find(import.name, import.version, hash);
      if (found == Definition::ordinary) return found;
      // A capsule's own thread-local data needs no address in a mirror; another's has none.
      if (found == Definition::thread_local_data && i < private_count_) best = found;
    }
    return best;
  }

  bool defines_version(std::string_view file, std::string_view version) const {
    const Node* node = provider(file);
    if (node != nullptr && (node->defines_version(version) || !node->has_versions())) return true;
    for (const Node& compat : decision_.graphs.compat) {
      if (compat.defines_version(version)) return true;
    }
    // Since 2.34 versions of libpthread and others are libc.so.6's.
    const Node* libc = is_glibc_family(file) ? provider("libc.so.6") : nullptr;
    return libc != nullptr && libc->defines_version(version);
  }

 private:
  Decision& decision_;
  List<const Node*> scope_;
  std::size_t private_count_ = 0;  // the first ones are the capsule's own
};

std::string_view searched_text(Arena& arena, const MissingLibrary& missing) {
  std::string_view text;
  if (!missing.searched.empty()) text = join(arena, {"; looked for in ", missing.searched});
  if (!missing.why.empty()) text = join(arena, {text, "; ", missing.why});
  return text;
}

void look_for_libraries(Decision& decision) {
  Arena& arena = decision.arena;
  Plan& plan = decision.plan;
  for (const MissingLibrary& missing : decision.graphs.tree.missing) {
    if (is_always_shared(missing.name) || contains(plan.share.view(), missing.name)) continue;
    if (missing.needed_by == kNone) {
      if (!contains(decision.wishes.expose, missing.name)) continue;
      plan.lacks.push_back({missing.name,
                            join(arena, {"was asked for by --expose and is not in the tree ",
                                         decision.wishes.tree, searched_text(arena, missing)}),
                            "check the name and the tree"});
      continue;
    }
    if (!decision.in_capsule(missing.needed_by)) continue;
    const Node& user = decision.tree(missing.needed_by);
    if (decision.choices[missing.needed_by].later) {
      plan.notes.push_back(join(arena, {missing.name, " is not in the tree: ", user.name,
                                        ", which may be opened later, will not load"}));
      continue;
    }
    plan.lacks.push_back(
        {missing.name,
         join(arena, {"is needed by ", user.file, " and is not in the tree ", decision.wishes.tree,
                      searched_text(arena, missing)}),
         join(arena, {"add it to the tree, or take this system's with --share ", missing.name})});
  }
  for (std::string_view name : plan.share) {
    if (decision.graphs.base.find(name) != nullptr) continue;
    plan.lacks.push_back(
        {name, "is to be shared, but this system has no such library", "leave it out of --share"});
  }
}

std::string_view file_of(const Decision& decision, std::string_view library) {
  const Node* node = decision.graphs.base.find(library);
  return node == nullptr || node->file.empty() ? library : node->file;
}

void report_symbol(Decision& decision, const Search& search, const Node& importer,
                   const Symbol& import, bool later) {
  Arena& arena = decision.arena;
  const Node* provider = import.file.empty() ? nullptr : search.provider(import.file);
  std::string_view what = import.version.empty()
                              ? import.name
                              : join(arena, {import.name, ", version ", import.version});
  std::string_view detail;
  if (import.file.empty()) {
    detail = join(arena,
                  {"is imported by ", importer.file, ", and no library of the capsule defines it"});
  } else if (is_always_shared(import.file)) {
    detail = join(
        arena, {"is imported by ", importer.file, " from ", import.file, "; neither this system's ",
                file_of(decision, import.file), " nor bulkhead's compat library has it"});
  } else if (provider != nullptr && contains(decision.plan.share.view(), provider->name) &&
             provider->find(import.name, import.version, elf::gnu_hash(import.name)) ==
                 Definition::thread_local_data) {
    detail = join(arena, {"is imported by ", importer.file, " from ", import.file,
                          ", which is to be shared; but it is thread-local, and thread-local data "
                          "has no address that could be shared"});
  } else {
    detail = join(arena, {"is imported by ", importer.file, " from ", import.file, "; ",
                          provider == nullptr ? "nothing" : provider->file, " does not have it"});
  }
  if (later) {
    decision.plan.notes.push_back(join(arena, {what, " ", detail, " (opened later, if at all)"}));
    return;
  }
  std::string_view advice =
      is_always_shared(import.file) ? "use a tree whose glibc is nearer to this system's"
      : provider != nullptr && contains(decision.plan.share.view(), provider->name)
          ? "do not share that library, or use another version of it"
          : "the tree contradicts itself: reinstall these libraries in it";
  decision.plan.lacks.push_back({what, detail, advice});
}

void look_for_symbols(Decision& decision, const Search& search, const Node& importer, bool later) {
  std::size_t reported = 0;
  std::size_t dormant = 0;
  std::string_view first_dormant;
  for_each_import(importer, [&](const Symbol& import) {
    if (import.weak || reported == kMaxSymbolsOfOneLibrary) return;
    Definition found = search.find(import);
    if (found == Definition::ordinary) return;
    if (found == Definition::thread_local_data && !is_always_shared(import.file)) return;
    // Without a version it may be meant for a program that is not here; only what has to
    // be known while loading stops anything.
    if (import.version.empty() && !is_bound_at_load(importer, import.name)) {
      if (dormant++ == 0) first_dormant = import.name;
      return;
    }
    ++reported;
    report_symbol(decision, search, importer, import, later);
  });
  if (dormant != 0 && !later) {
    Arena& arena = decision.arena;
    decision.plan.notes.push_back(join(
        arena, {importer.name, " calls ", first_dormant,
                dormant == 1 ? "" : join(arena, {" and ", decimal(arena, dormant - 1), " more"}),
                ", which nothing in the capsule defines; such a call would end the program"}));
  }
}

void look_for_versions(Decision& decision, const Search& search, const Node& importer, bool later) {
  if (importer.object == nullptr) return;
  Arena& arena = decision.arena;
  for (const elf::VersionNeed& need : importer.object->versions.needs()) {
    if ((need.flags & VER_FLG_WEAK) != 0 || search.defines_version(need.file, need.name)) continue;
    for (const Mark& mark : kMarks) {
      if (mark.version != need.name) continue;
      if (mark.needed && !later) {
        decision.plan.lacks.push_back(
            {need.name,
             join(arena, {"is required by ", importer.file, ": ", mark.meaning,
                          ", which this system's dynamic linker does not know"}),
             "use a tree that was built without it, or a newer system"});
      } else {
        decision.plan.notes.push_back(
            join(arena, {importer.name, " asks for ", need.name, " (", mark.meaning,
                         "), which this system lacks; it works without"}));
      }
    }
  }
}

// What the program imports from exposed libraries has to be in the tree's copies.
void look_for_programs_symbols(Decision& decision) {
  Arena& arena = decision.arena;
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (!decision.of_program[i]) continue;
    std::size_t reported = 0;
    for_each_import(nodes[i], [&](const Symbol& import) {
      if (import.weak || import.file.empty() || reported == kMaxSymbolsOfOneLibrary) return;
      if (!contains(decision.plan.expose.view(), import.file)) return;
      const Node* target = decision.graphs.tree.find(import.file);
      if (target == nullptr) return;
      Definition found = target->find(import.name, import.version, elf::gnu_hash(import.name));
      if (found == Definition::ordinary) return;
      ++reported;
      if (found == Definition::thread_local_data) {
        decision.plan.lacks.push_back(
            {join(arena, {import.name, ", version ", import.version}),
             join(arena, {"is imported by ", nodes[i].file, " from ", import.file,
                          ", which is exposed; but it is thread-local, and thread-local data has "
                          "no address that could be handed over"}),
             "do not expose that library to this program"});
        return;
      }
      decision.plan.lacks.push_back(
          {join(arena, {import.name, ", version ", import.version}),
           join(arena, {"is imported by ", nodes[i].file, " from ", import.file,
                        ", which is exposed; ", target->file, " does not have it"}),
           "use a tree with a newer one, or do not expose it"});
    });
  }
}

}  // namespace

void look_for_lacks(Decision& decision) {
  look_for_libraries(decision);
  // Without a base (tests, or a damaged one) every symbol of libc would be missing.
  if (decision.graphs.base.find("libc.so.6") == nullptr) return;
  Search search(decision);
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (!decision.in_capsule(i)) continue;
    bool later = decision.choices[i].later;
    look_for_symbols(decision, search, decision.tree(i), later);
    look_for_versions(decision, search, decision.tree(i), later);
  }
  look_for_programs_symbols(decision);
}

}  // namespace bulkhead::plan
