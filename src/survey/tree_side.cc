#include "survey/tree_side.h"

#include <unistd.h>

#include <algorithm>

#include "base/list.h"
#include "base/text.h"
#include "copies/prefer.h"
#include "messages/failure.h"
#include "plan/make_plan.h"
#include "programs/program.h"
#include "resolve/filters.h"
#include "suggest/near.h"
#include "survey/plugins.h"

namespace bulkhead::survey {
namespace {

using messages::fail_with;
using messages::Failure;
using messages::kFailed;
using messages::take_or_fail;
using messages::Warning;
using programs::absolute_path;

std::string joined(const std::vector<std::string>& directories) {
  std::string path;
  for (const std::string& each : directories) path += (path.empty() ? "" : ":") + each;
  return path;
}

bool stops_at_glibc(void*, std::string_view name) { return plan::is_glibc_family(name); }

// A file of the tree that is damaged can only be replaced.
Error with_advice(Error error) {
  bool damaged = error.fault == Fault::malformed || error.fault == Fault::limit;
  if (damaged && error.advice.empty()) error.advice = "it is damaged: install it anew in the tree";
  return error;
}

[[noreturn]] void fail_for_absent(const resolve::Tree& tree, const resolve::Missing& missing) {
  std::string name(missing.name);
  std::string text = name + ": is not in the tree " + std::string(tree.path()) +
                     " (looked for in " + std::string(missing.searched) + ")";
  if (!missing.why.empty()) text += "; " + std::string(missing.why);
  std::string near;
  for (const std::string& each : suggest::near_names(tree, missing.searched, missing.name)) {
    near += (near.empty() ? "" : ", ") + each;
  }
  // A shell's programs are looked for otherwise, so people leave out the directory.
  if (std::string here = absolute_path(name);
      tree.path() == "/" && ::access(here.c_str(), F_OK) == 0) {
    text += "; the current directory has one, which is " + here;
  } else {
    text += near.empty() ? "; check the name (a SONAME such as libz.so.1) and the tree"
                         : "; the tree has " + near;
  }
  throw Failure(text, kFailed, Fault::missing, name);
}

std::span<const std::string_view> views(Arena& arena, const std::vector<std::string>& names) {
  List<std::string_view> list(arena);
  for (const std::string& name : names) plan::add_once(list, arena.copy(name));
  return list.view();
}

void set_profiles(Arena& arena, const Options& options, TreeSide& side, Findings& findings) {
  if (options.known_profiles == nullptr) return;
  const KnownProfiles& known = *options.known_profiles;
  side.wishes.known_profiles = known.all;
  findings.stamp.add(known.stamp);
  findings.warnings.insert(findings.warnings.end(), known.warnings.begin(), known.warnings.end());
  List<const plan::Profile*> profiles(arena);
  for (const std::string& name : options.profiles) {
    profiles.push_back(plan::find_profile(known.all, name));
  }
  side.wishes.profiles = profiles.view();
}

void set_wishes(Arena& arena, const Options& options, TreeSide& side) {
  side.wishes.tree = side.tree.path();
  List<std::string_view> prefer(arena);
  for (const std::string& each : options.prefer) prefer.push_back(arena.copy(each));
  side.wishes.prefer = prefer.view();
  side.wishes.real_file = &copies::real_file;
  side.wishes.interposer = options.preload;
  side.wishes.may_expose_nothing = options.may_expose_nothing;
  side.wishes.strict = options.strict.value_or(false);
  side.wishes.permit = views(arena, options.permit);
  side.wishes.expose = views(arena, options.expose);
  side.wishes.share = views(arena, options.share);
  side.wishes.keep_private = views(arena, options.keep_private);
}

// Those that are asked for, and those of exposed libraries.
std::vector<const plan::Profile*> profiles_in_force(const plan::Wishes& wishes) {
  std::vector<const plan::Profile*> profiles(wishes.profiles.begin(), wishes.profiles.end());
  for (std::string_view name : wishes.expose) {
    const plan::Profile* profile = plan::profile_of(wishes.known_profiles, file_name_of(name));
    if (profile != nullptr && std::ranges::find(profiles, profile) == profiles.end()) {
      profiles.push_back(profile);
    }
  }
  return profiles;
}

// What need not be there, but would have to be exposed or shared as well if it is.
void add_roots_of(Arena& arena, const plan::Profile& profile, TreeSide& side,
                  List<std::string_view>& roots, List<std::string_view>& plugins, Stamp& stamp) {
  bool asked_for = std::ranges::find(side.wishes.profiles, &profile) != side.wishes.profiles.end();
  for (std::string_view name : profile.expose) {
    if (asked_for || plan::contains(profile.family, name)) plan::add_once(roots, name);
  }
  for (std::string_view name : profile.boundary) plan::add_once(roots, name);
  for (const std::string& name : plugins_of(side.tree, profile, stamp)) {
    plugins.push_back(arena.copy(name));
    plan::add_once(roots, plugins.back());
  }
  for (std::string& map : maps_of(side.tree, profile, stamp)) {
    if (std::ranges::find(side.profile_maps, map) != side.profile_maps.end()) continue;
    side.profile_maps.push_back(std::move(map));
  }
  for (std::string& map : other_names_of(side.tree, profile, stamp)) {
    side.other_names.push_back(std::move(map));
  }
  for (std::string& map : possible_maps_of(profile)) side.possible_maps.push_back(std::move(map));
  side.environment.insert(side.environment.end(), profile.environment.begin(),
                          profile.environment.end());
  for (std::string& directory : directories_of_examples(profile)) {
    side.of_examples.push_back(std::move(directory));
  }
  for (std::string_view directory : profile.joined) {
    if (std::ranges::find(side.to_join, directory) == side.to_join.end())
      side.to_join.emplace_back(directory);
  }
  side.path_variables.insert(side.path_variables.end(), profile.path_variables.begin(),
                             profile.path_variables.end());
}

// What is not followed: glibc's, and what is shared.
struct Stops {
  const plan::Wishes& wishes;

  static bool at(void* context, std::string_view name) {
    const plan::Wishes& wishes = static_cast<const Stops*>(context)->wishes;
    return plan::is_glibc_family(name) || plan::contains(wishes.share, name);
  }
};

Result<resolve::Closure> closure_of(Arena& arena, std::span<const std::string_view> roots,
                                    TreeSide& side) {
  List<std::string_view> all(arena);
  all.append(roots);
  for (;;) {
    Result<resolve::Closure> found =
        resolve::Closure::find(arena, side.searcher, {all.view(), {stops_at_glibc, nullptr}, {}});
    if (!found || !side.confines) return found;
    Stops stops{side.wishes};
    Result<bool> more =
        resolve::add_filtered(arena, side.searcher, *found, {&Stops::at, &stops}, all);
    if (!more) return std::unexpected(more.error());
    if (!*more) return found;
  }
}

void confine(Arena& arena, TreeSide& side, Findings& findings) {
  side.confines.emplace(
      take_or_fail(arena, resolve::Confines::open(arena, side.tree, side.wishes.permit)));
  side.searcher.confine(*side.confines);
  for (std::string_view permitted : side.wishes.permit) {
    std::string path(permitted);
    findings.stamp.add(path);
    if (::access(path.c_str(), F_OK) == 0) continue;
    findings.warnings.push_back({Warning::Kind::nothing_permitted, path,
                                 path + ": is not there, so nothing is permitted by it"});
  }
}

// The first `required` roots must be readable; a damaged one of the others is left out, with all
// others, and said.
void find_closure(Arena& arena, std::span<const std::string_view> roots, std::size_t required,
                  TreeSide& side, Findings& findings) {
  Result<resolve::Closure> all = closure_of(arena, roots, side);
  if (all) {
    side.closure.emplace(std::move(*all));
  } else {
    Result<resolve::Closure> needed = closure_of(arena, roots.first(required), side);
    if (!needed) fail_with(arena, with_advice(needed.error()));
    side.closure.emplace(std::move(*needed));
    findings.warnings.push_back({Warning::Kind::damaged, std::string(all.error().subject),
                                 std::string(render(arena, with_advice(all.error())))});
  }
  remember(*side.closure, side.searcher, findings.stamp);
}

}  // namespace

namespace {

resolve::Tree open_tree(Arena& arena, const Options& options) {
  if (!options.tree_trouble.empty()) {
    throw Failure(options.tree + ": " + options.tree_trouble, kFailed, Fault::missing,
                  options.tree);
  }
  return take_or_fail(arena, resolve::Tree::open(arena, arena.copy(options.tree)));
}

}  // namespace

TreeSide::TreeSide(Arena& arena, const Options& options)
    : tree(open_tree(arena, options)),
      searcher(take_or_fail(
          arena, resolve::Searcher::open(arena, tree, arena.copy(joined(options.library_path))))) {}

void look_at_tree(Arena& arena, const Options& options, TreeSide& side, Findings& findings) {
  set_wishes(arena, options, side);
  set_profiles(arena, options, side, findings);
  if (side.wishes.strict) confine(arena, side, findings);
  List<std::string_view> roots(arena), plugins(arena);
  roots.append(side.wishes.expose);
  std::size_t required = roots.size();
  for (const plan::Profile* profile : profiles_in_force(side.wishes)) {
    add_roots_of(arena, *profile, side, roots, plugins, findings.stamp);
  }
  find_closure(arena, roots.view(), required, side, findings);
  for (const resolve::Missing& missing : side.closure->missing()) {
    if (missing.needed_by == resolve::kNone && plan::contains(side.wishes.expose, missing.name)) {
      fail_for_absent(side.tree, missing);
    }
  }
  side.graph = take_or_fail(arena, plan::graph_of(arena, *side.closure));
  side.plugins = plugins.view();
  side.exposed = take_or_fail(arena, plan::choose_exposed(arena, side.wishes, side.graph));
}

void remember(const resolve::Closure& closure, const resolve::Searcher& searcher, Stamp& stamp) {
  for (const resolve::Library& library : closure.libraries()) {
    stamp.add(std::string(library.host_path), library.status);
  }
  for (std::string_view input : searcher.inputs()) stamp.add(std::string(input));
}

}  // namespace bulkhead::survey
