#include "survey/program_warnings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "arch/machine.h"
#include "base/fd.h"
#include "base/text.h"
#include "elf/object.h"
#include "elf/relocs.h"

namespace bulkhead::survey {
namespace {

using messages::Warning;
using programs::Program;

std::string with_origin(std::string directory, const std::string& origin) {
  for (std::string_view token : {"$ORIGIN", "${ORIGIN}"}) {
    std::size_t at = directory.find(token);
    if (at != std::string::npos) directory.replace(at, token.size(), origin);
  }
  return directory;
}

// How a library binds its variable to itself; null if the program's copy would be used.
const char* how_bound_to_itself(const elf::Object& library, std::string_view name,
                                std::string_view version) {
  std::optional<elf::SymbolIndex> found = library.find(name, version);
  if (!found) return nullptr;
  if ((library.dynamic.flags & DF_SYMBOLIC) != 0) return "-Bsymbolic";
  bool is_protected = elf::symbol_visibility(library.symbols[*found]) == STV_PROTECTED;
  return is_protected ? "protected" : nullptr;
}

}  // namespace

namespace {

// The first one of the program and the libraries that are loaded with it which needs a library of
// that name, and for which ld.so looks for it; null if none does.
const resolve::Library* first_user(const BaseSide& base, std::string_view name) {
  for (const resolve::Library& library : base.closure->libraries()) {
    for (const resolve::Need& need : library.needs) {
      if (need.name == name) return &library;
    }
  }
  return nullptr;
}

// Whether ld.so looks into `library`'s DT_RPATH for what `user` needs: into those of the user and
// of who loaded it.
bool searches_for(const BaseSide& base, const resolve::Library& library,
                  const resolve::Library* user) {
  std::span<const resolve::Library> all = base.closure->libraries();
  while (user != &library && user->loader != resolve::kNone) user = &all[user->loader];
  return user == &library;
}

}  // namespace

std::vector<std::string> find_bypassed(const plan::Plan& plan, const Program& program,
                                       const BaseSide& base, std::vector<Warning>& warnings) {
  std::vector<std::string> bypassed;
  auto look_at = [&](const resolve::Library& library, const std::string& directory) {
    for (std::string_view name : plan.expose) {
      std::string file = directory + "/" + std::string(name);
      if (::access(file.c_str(), R_OK) != 0) continue;
      if (const resolve::Library* user = first_user(base, name)) {
        // It is loaded by then for who opens it by its name.
        if (!searches_for(base, library, user)) continue;
        if (std::ranges::find(bypassed, name) == bypassed.end()) bypassed.emplace_back(name);
        continue;
      }
      warnings.push_back({Warning::Kind::bypassed, std::string(name),
                          std::string(library.host_path) + ": its DT_RPATH makes " + program.path +
                              " use " + file +
                              " rather than the tree's, should it open that library by its name; "
                              "turn it into a DT_RUNPATH (patchelf --set-rpath), or move that "
                              "copy away"});
    }
  };
  for (const resolve::Library& library : base.closure->libraries()) {
    if (library.dynamic.has_runpath() || library.dynamic.rpath().empty()) continue;
    std::string origin(library.loader == resolve::kNone && library.name.starts_with('/')
                           ? directory_of(library.name)
                           : library.directory);
    std::string_view rest = library.dynamic.rpath();
    while (!rest.empty()) look_at(library, with_origin(std::string(split_off(rest, ':')), origin));
  }
  return bypassed;
}

void warn_of_preloaded(Arena& arena, plan::Plan& plan, BaseSide& base, Findings& findings) {
  const char* variable = ::getenv("LD_PRELOAD");
  std::string_view list = variable == nullptr ? "" : variable;
  while (!list.empty()) {
    std::size_t end = std::min(list.find_first_of(": "), list.size());
    std::string_view entry = arena.copy(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (entry.empty()) continue;
    Result<resolve::Found> found = base.searcher->find(entry, {});
    if (!found) continue;
    std::string file(found->file.host_path), name(found->dynamic.soname());
    if (!plan::contains(plan.expose.view(), name)) continue;
    findings.stamp.add(file);
    if (plan.strict) {
      plan.lacks.push_back({arena.copy(name),
                            join(arena, {"would be ", arena.copy(file),
                                         ", by LD_PRELOAD, and the capsule is strict"}),
                            "take it out of LD_PRELOAD, or do not expose it"});
      continue;
    }
    findings.warnings.push_back({Warning::Kind::bypassed, name,
                                 file + ": LD_PRELOAD makes the program use it as " + name +
                                     ", which is exposed, rather than the tree's"});
  }
}

void warn_of_linkers_in_scripts(const Program& program, std::vector<Warning>& warnings) {
  for (std::size_t i = 0; i + 1 < program.chain.size() && program.linker.empty(); ++i) {
    Fd fd(::open(program.chain[i].c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    Result<FileMapping> mapping = FileMapping::of(fd.get());
    if (!mapping) continue;
    // As bundles and Nix name dynamic linkers. Other programs have an option of that name.
    const std::string_view text = mapping->text();
    if (text.find("--library-path") == std::string_view::npos) continue;
    if (text.find("ld-linux") == std::string_view::npos &&
        text.find("ld.so") == std::string_view::npos &&
        text.find("ld-2.") == std::string_view::npos)
      continue;
    warnings.push_back(
        {Warning::Kind::bypassed, program.chain[i],
         program.chain[i] +
             ": seems to call a dynamic linker with --library-path, which takes the place of "
             "LD_LIBRARY_PATH: what it starts so gets nothing of the tree; name that dynamic "
             "linker with its arguments to bulkhead"});
  }
}

void warn_of_absent(const plan::Plan& plan, const BaseSide& base, TreeSide& tree,
                    std::vector<Warning>& warnings) {
  for (const resolve::Missing& missing : base.closure->missing()) {
    if (missing.needed_by == resolve::kNone) continue;
    if (plan::contains(plan.expose.view(), missing.name)) continue;
    const resolve::Library& user = base.closure->libraries()[missing.needed_by];
    std::string name(missing.name);
    bool tree_has = tree.searcher.find(missing.name, {}).has_value();
    warnings.push_back({Warning::Kind::absent, name,
                        name + ": is needed by " + std::string(user.host_path) +
                            " and is not on this system" +
                            (tree_has ? "; the tree has one: --expose " + name
                                      : std::string("; the program will not start without"))});
  }
}

namespace {

// By which a program opens libraries, or starts other programs.
constexpr std::string_view kWaysOut[] = {
    "dlopen",  "dlmopen",  "fork",        "vfork",        "clone",  "system", "popen",
    "execl",   "execle",   "execlp",      "execv",        "execve", "execvp", "execvpe",
    "fexecve", "execveat", "posix_spawn", "posix_spawnp", "syscall"};

bool has_way_out(const plan::Graph& graph) {
  bool found = false;
  for (const plan::Node& node : graph.nodes) {
    if (plan::is_glibc_family(node.name)) continue;
    plan::for_each_import(node, [&](const plan::Symbol& symbol) {
      found |= std::ranges::find(kWaysOut, symbol.name) != std::end(kWaysOut);
    });
  }
  return found;
}

}  // namespace

void look_for_unneeded(Arena& arena, const plan::Wishes& wishes, plan::Plan& plan,
                       const Program& program, const BaseSide& base,
                       std::vector<Warning>& warnings) {
  std::string_view unneeded, asked_for;
  bool needs_any = false;
  auto add = [&](std::string_view& list, std::string_view name) {
    list = join(arena, {list, list.empty() ? "" : ", ", name});
  };
  for (std::string_view name : plan.expose) {
    if (first_user(base, file_name_of(name)) != nullptr) {
      needs_any = true;
      continue;
    }
    add(unneeded, name);
    // A profile exposes more than most programs need.
    if (plan::contains(wishes.expose, name)) add(asked_for, name);
  }
  if (unneeded.empty()) return;
  if (needs_any || has_way_out(base.graph)) {
    if (asked_for.empty()) return;
    plan.notes.push_back(join(arena, {arena.copy(program.path), " does not need ", asked_for,
                                      ": it counts if the program opens it, or starts one that "
                                      "needs it"}));
    return;
  }
  warnings.push_back({Warning::Kind::unneeded, std::string(plan.expose[0]),
                      program.path + ": needs nothing of what is exposed (" +
                          std::string(unneeded) +
                          "), and neither opens libraries nor starts programs: it gets nothing of "
                          "the tree; the libraries that it needs are those of: ldd " +
                          program.binary});
}

void warn_of_awaited(const plan::Plan& plan, const BaseSide& base, std::vector<Warning>& warnings) {
  for (std::string_view each : plan.share) {
    if (base.graph.find(each) != nullptr) continue;
    std::string name(each);
    warnings.push_back({Warning::Kind::awaited, name,
                        name + ": is to be shared, and this system has no such library; programs "
                               "will have to find it by search paths of their own"});
  }
}

void warn_of_copies(Arena& arena, const plan::Plan& plan, const BaseSide& base,
                    const TreeSide& tree, std::vector<Warning>& warnings) {
  auto look_at = [&](const resolve::Library& user, const elf::Object& object,
                     elf::SymbolIndex index) {
    std::string_view name = object.symbols.name(index);
    for (std::string_view exposed : plan.expose) {
      const plan::Node* library = tree.graph.find(exposed);
      if (library == nullptr || library->object == nullptr) continue;
      const char* how = how_bound_to_itself(*library->object, name, object.versions.name(index));
      if (how == nullptr) continue;
      warnings.push_back({Warning::Kind::copied, std::string(name),
                          std::string(name) + ": is a variable of " + std::string(exposed) +
                              " which that library binds to itself (" + how + "), and " +
                              std::string(user.host_path) +
                              " has a copy of its own, as it would natively: what one changes "
                              "the other does not see; compile the program with -fPIC"});
    }
  };
  for (const resolve::Library& user : base.closure->libraries()) {
    if (user.loader != resolve::kNone) continue;
    Result<elf::Object> object = elf::Object::read(arena, user.image);
    if (!object) continue;
    Status visited = elf::for_each_symbolic_relocation(
        user.image, user.dynamic, [&](const elf::Relocation& relocation) {
          if (relocation.type != arch::Native::kCopy) return;
          const std::optional<elf::SymbolIndex> index = object->symbols.index(relocation.symbol);
          if (index) look_at(user, *object, *index);
        });
    static_cast<void>(visited);  // ld.so will say what is wrong with it
  }
}

}  // namespace bulkhead::survey
