#include "survey/base_side.h"

#include <stdlib.h>

#include <algorithm>

#include "base/list.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "messages/failure.h"

namespace bulkhead::survey {
namespace {

using messages::Failure;
using messages::take_or_fail;
using programs::absolute_path;
using programs::foreign_linker_of;
using programs::ForeignLinker;
using programs::library_path_for;
using programs::Program;

using Names = std::span<const std::string_view>;

// A library without a SONAME may be exposed by its path.
bool stops_at_exposed(void* context, std::string_view name) {
  return std::ranges::any_of(*static_cast<const Names*>(context), [&](std::string_view exposed) {
    return exposed == name || file_name_of(exposed) == name;
  });
}

// A tool may use our interface. The libbulkhead.so.0 in the process is the one beside the
// interposer.
std::string_view file_in_process(Arena& arena, const std::vector<OwnLibrary>& own_libraries,
                                 std::string_view name) {
  for (const OwnLibrary& library : own_libraries) {
    if (library.name == name) return arena.copy(library.path);
  }
  return name;
}

// The program; then every library that the capsule may want of the base.
Names roots_of(Arena& arena, const Program* program, const TreeSide& tree,
               const std::vector<OwnLibrary>& own_libraries) {
  List<std::string_view> roots(arena);
  if (program != nullptr) roots.push_back(arena.copy(absolute_path(program->binary)));
  roots.push_back(elf::kLibc);
  roots.push_back(elf::kLibgcc);
  for (std::string_view name : tree.wishes.share) plan::add_once(roots, name);
  for (const plan::Node& node : tree.graph.nodes) {
    if (node.unique) plan::add_once(roots, node.name);
    for (const plan::Need& need : node.needs) {
      if (!plan::is_always_shared(need.name)) continue;
      plan::add_once(roots, file_in_process(arena, own_libraries, need.name));
    }
  }
  for (std::string_view name : tree.exposed) {
    const plan::Profile* profile = plan::profile_of(tree.wishes.known_profiles, name);
    if (profile == nullptr) continue;
    for (std::string_view each : profile->boundary) plan::add_once(roots, each);
  }
  return roots.view();
}

// What is to be shared and was not found.
std::vector<std::string_view> missing_shares(const BaseSide& side, const TreeSide& tree) {
  std::vector<std::string_view> names;
  for (const resolve::Missing& missing : side.closure->missing()) {
    if (missing.needed_by != resolve::kNone) continue;
    const plan::Node* node = tree.graph.find(missing.name);
    bool wanted =
        plan::contains(tree.wishes.share, missing.name) || (node != nullptr && node->unique);
    if (wanted) names.push_back(missing.name);
  }
  return names;
}

// Exposed libraries of which only a library's, or the program's, search path finds this system's.
std::vector<std::string_view> hidden_exposed(BaseSide& side, const TreeSide& tree) {
  std::vector<std::string_view> names;
  for (std::string_view name : tree.exposed) {
    if (!side.searcher->find(file_name_of(name), {})) names.push_back(name);
  }
  return names;
}

// Where libraries are natively, when exposed ones are this system's own.
class Native {
 public:
  Native(Arena& arena, const Program* program, const TreeSide& tree, BaseSide& side)
      : arena_(arena), searcher_(*side.searcher) {
    List<std::string_view> roots(arena);
    if (program != nullptr) roots.push_back(arena.copy(absolute_path(program->binary)));
    for (std::string_view name : tree.exposed) plan::add_once(roots, file_name_of(name));
    closure_.emplace(take_or_fail(
        arena,
        resolve::Closure::find(arena, searcher_, {roots.view(), {}, {}, program != nullptr})));
  }

  // Empty if it is nowhere.
  std::string_view path_of(std::string_view name) {
    for (const resolve::Library& library : closure_->libraries()) {
      if (library.name == name || library.soname == name) return library.path;
    }
    // Nobody needs it: to be opened by one of these.
    for (const resolve::Library& library : closure_->libraries()) {
      const resolve::Searcher::PathOwner owner = resolve::Searcher::PathOwner::of(
          arena_, library.dynamic, library.known_as(), library.directory);
      Result<resolve::Found> found = searcher_.find(name, {std::span(&owner, 1)});
      if (found) return found->path;
    }
    return {};
  }

 private:
  Arena& arena_;
  resolve::Searcher& searcher_;
  std::optional<resolve::Closure> closure_;
};

// What no plain search finds: natively this system's copies of exposed libraries bring it, by
// search paths of their own.
void look_behind_exposed(Arena& arena, const Program* program, const TreeSide& tree,
                         resolve::Request request, BaseSide& side) {
  std::vector<std::string_view> shares = missing_shares(side, tree);
  std::vector<std::string_view> exposed = hidden_exposed(side, tree);
  if (shares.empty() && exposed.empty()) return;
  Native native(arena, program, tree, side);
  for (std::string_view name : exposed) {
    std::string_view path = native.path_of(file_name_of(name));
    if (!path.empty()) side.native.push_back({name, path});
  }
  List<resolve::Place> places(arena);
  for (std::string_view name : shares) {
    std::string_view path = native.path_of(name);
    if (!path.empty()) places.push_back({name, path});
  }
  if (places.empty()) return;
  request.places = places.view();
  side.closure.emplace(take_or_fail(arena, resolve::Closure::find(arena, *side.searcher, request)));
}

}  // namespace

BaseSide::BaseSide(Arena& arena) : tree(take_or_fail(arena, resolve::Tree::open(arena, "/"))) {}

void open_base_searcher(Arena& arena, const Program* program, BaseSide& side) {
  auto open = [&](std::string_view library_path, const resolve::LinkerDefaults* linker) {
    side.searcher.emplace(
        take_or_fail(arena, resolve::Searcher::open(arena, side.tree, library_path, linker)));
  };
  std::string_view library_path = arena.copy(library_path_for(program));
  open(library_path, nullptr);
  if (program != nullptr) {
    side.linker = foreign_linker_of(arena, *program, *side.searcher);
  }
  const ForeignLinker& linker = side.linker;
  if (!linker.defaults.directories.empty()) return open(library_path, &linker.defaults);
  if (linker.directory.empty()) return;
  open(join(arena, {library_path, library_path.empty() ? "" : ":", linker.directory}), nullptr);
}

void look_at_base(Arena& arena, const Program* program, const TreeSide& tree,
                  const std::vector<OwnLibrary>& own_libraries, BaseSide& side, Stamp& stamp) {
  open_base_searcher(arena, program, side);
  Names exposed = tree.exposed;
  resolve::Request request{roots_of(arena, program, tree, own_libraries),
                           {stops_at_exposed, &exposed},
                           {},
                           program != nullptr};
  side.closure.emplace(take_or_fail(arena, resolve::Closure::find(arena, *side.searcher, request)));
  look_behind_exposed(arena, program, tree, request, side);
  for (const resolve::Place& place : side.native) stamp.add(std::string(place.path));
  remember(*side.closure, *side.searcher, stamp);
  side.graph = take_or_fail(arena, plan::graph_of(arena, *side.closure));
  if (side.graph.find(elf::kLibc) == nullptr) {
    throw Failure(std::string(elf::kLibc) +
                  ": this system has none that the dynamic linker would find; "
                  "bulkhead needs glibc");
  }
}

}  // namespace bulkhead::survey
