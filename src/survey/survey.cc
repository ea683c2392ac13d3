#include "survey/survey.h"

#include <algorithm>
#include <set>

#include "base/list.h"
#include "base/mounts.h"
#include "base/text.h"
#include "handoff/handoff.h"
#include "messages/failure.h"
#include "plan/make_plan.h"
#include "plan/rules_of_thumb.h"
#include "resolve/hwcaps.h"
#include "survey/compiled_paths.h"
#include "survey/own_compat.h"
#include "survey/program_warnings.h"

namespace bulkhead::survey {
namespace {

using messages::Failure;
using messages::take_or_fail;
using messages::Warning;
using programs::absolute_path;
using programs::ForeignLinker;
using programs::Program;

// A path inside the tree as the program will reach it.
std::string_view path_in_tree(Arena& arena, const Options& options, const TreeSide& side,
                              std::string_view inside) {
  if (options.relocatable_tree.empty()) return side.tree.reachable_host_path(arena, inside);
  return join(arena, {options.relocatable_tree, inside});
}

// The user's maps come first: the first prefix that fits is taken.
std::span<const std::string_view> maps_for(Arena& arena, const Options& options,
                                           const TreeSide& side,
                                           const std::vector<JoinedDirectory>& joined) {
  List<std::string_view> maps(arena);
  for (const std::string& map : options.map) {
    bool complete = map.find('=') != std::string::npos;
    maps.push_back(complete ? arena.copy(map)
                            : join(arena, {map, "=", path_in_tree(arena, options, side, map)}));
  }
  if (!options.relocatable_tree.empty()) return maps.view();
  for (const JoinedDirectory& each : joined)
    maps.push_back(join(arena, {each.from, "=", each.path}));
  for (const std::string& map : side.other_names) maps.push_back(arena.copy(map));
  for (const std::string& map : side.profile_maps) maps.push_back(arena.copy(map));
  return maps.view();
}

// Of a tree that nobody has seen yet.
std::span<const std::string_view> maps_if_there(Arena& arena, const Options& options,
                                                const TreeSide& side) {
  List<std::string_view> maps(arena);
  if (options.relocatable_tree.empty()) return maps.view();
  for (const std::string& from : side.possible_maps) {
    plan::add_once(maps, join(arena, {from, "=", path_in_tree(arena, options, side, from)}));
  }
  return maps.view();
}

// Exposed libraries that a search for their names does not find, or finds another file for: asked
// for by a path, or by a file's name that is not the SONAME, or needed by a library that has search
// paths of its own.
std::span<const std::string_view> exposed_at(Arena& arena, const plan::Plan& plan, TreeSide& side) {
  List<std::string_view> at(arena);
  for (std::string_view name : plan.expose) {
    std::uint32_t index = side.graph.index_of(name);
    if (index == plan::kNone) continue;
    const resolve::Library& library = side.closure->libraries()[index];
    Result<resolve::Found> found = side.searcher.find(library.name, {});
    bool same = found && identity_of(found->file.status) == library.identity();
    std::string_view file = same ? library.name : library.path;
    if (file != name) at.push_back(join(arena, {name, "=", file}));
  }
  return at.view();
}

// The files that the plan was made with, by which the process knows whether it has the same.
std::span<const std::string_view> shared_from(Arena& arena, const plan::Plan& plan) {
  List<std::string_view> files(arena);
  for (const plan::Entry& entry : plan.entries) {
    if (entry.role != plan::Role::shared || entry.file.empty()) continue;
    if (plan::is_glibc_family(entry.name) || entry.name.starts_with("libbulkhead")) continue;
    files.push_back(join(arena, {entry.name, "=", entry.file}));
  }
  return files.view();
}

}  // namespace

std::unique_ptr<Survey> Survey::make(const Options& options, const Program* program) {
  std::unique_ptr<Survey> survey(new Survey(options));
  look_at_tree(survey->arena_, options, survey->tree_, survey->findings_);
  look_at_base(survey->arena_, program, survey->tree_, survey->own_libraries_, survey->base_,
               survey->findings_.stamp);
  survey->decide(program);
  survey->join_sides(options);
  survey->look_at_mounts();
  if (!options.preload) survey->refuse_own_names();
  note_refused_paths(survey->arena_, survey->tree_, *survey->plan_);
  survey->note_foreign_linker();
  if (program != nullptr) survey->look_at_program(options, *program);
  if (program == nullptr)
    warn_of_awaited(*survey->plan_, survey->base_, survey->findings_.warnings);
  survey->write_request(options);
  for (const OwnLibrary& library : survey->own_libraries_) {
    survey->findings_.stamp.add(library.path);
  }
  return survey;
}

Survey::Survey(const Options& options)
    : own_libraries_(survey::own_libraries(options.library_directory)),
      tree_(arena_, options),
      base_(arena_) {}

void Survey::decide(const Program* program) {
  graphs_.tree = tree_.graph;
  graphs_.plugins = tree_.plugins;
  graphs_.base = base_.graph;
  graphs_.has_program = program != nullptr;
  graphs_.compat = read_compat(arena_, own_libraries_, compat_files_);
  plan_.emplace(take_or_fail(arena_, plan::make_plan(arena_, tree_.wishes, graphs_)));
}

// Where nobody can write them, and where nobody knows which system it will be, there are none.
void Survey::join_sides(const Options& options) {
  if (!options.relocatable_tree.empty() || tree_.tree.path() == "/") return;
  joined_ = join_directories({tree_.tree, base_.tree, *base_.searcher}, tree_.to_join,
                             options.joined_in, findings_.stamp);
  if (!options.joined_in.empty()) return;
  for (const JoinedDirectory& joined : joined_) {
    plan_->notes.push_back(
        join(arena_, {"this system's files in ", arena_.copy(joined.from),
                      " are seen inside only where `bulkhead run` starts the program"}));
  }
  joined_.clear();
}

// One library speaks for all.
void Survey::look_at_mounts() {
  std::set<std::string> known;
  for (const plan::Entry& entry : plan_->entries) {
    if (entry.role == plan::Role::shared || entry.file.empty()) continue;
    if (!known.insert(std::string(directory_of(entry.file))).second) continue;
    if (!is_on_noexec_mount(std::string(entry.file).c_str())) continue;
    plan_->lacks.push_back(
        {entry.file, kOnNoexecMount, "mount it with exec, or use a copy of the tree elsewhere"});
    return;
  }
}

// Files of ours lie beside the shims, and what says that it is glibc's is not looked at.
void Survey::refuse_own_names() {
  for (std::string_view name : tree_.exposed) {
    if (graphs_.tree.find(name) != nullptr) continue;
    Result<resolve::Found> found = tree_.searcher.find(name, {});
    if (!found || !plan::is_glibc_family(found->dynamic.soname())) continue;  // a second name
    plan_->lacks.push_back(
        {name, "has a SONAME of glibc's, of which a process has the program's", "leave it out"});
  }
  for (std::string_view soname : plan_->expose) {
    std::string_view name = file_name_of(soname);
    const bool is_own = name == "stamp" || name == "preload" || name == kPolicyFile ||
                        name == resolve::kHwcapsDirectory.substr(1) ||
                        std::ranges::any_of(own_libraries_, [&](const OwnLibrary& library) {
                          return library.name == name;
                        });
    if (!is_own) continue;
    plan_->lacks.push_back({soname, "has the name of a file of bulkhead's own beside the shims",
                            "give that library another SONAME"});
  }
}

void Survey::write_request(const Options& options) {
  handoff::Request request;
  List<std::string_view> plugins(arena_);
  // A shim's capsule has none: `run` opens one for them by the interface.
  if (options.may_expose_nothing) {
    for (const std::string& pattern : options.plugins) plugins.push_back(arena_.copy(pattern));
  }
  request.plugins = plugins.view();
  request.tree =
      options.relocatable_tree.empty() ? tree_.tree.path() : arena_.copy(options.relocatable_tree);
  request.name = arena_.copy(options.name);
  request.expose = plan_->expose.view();
  request.share = plan_->share.view();
  request.keep_private = plan_->keep_private.view();
  request.at = exposed_at(arena_, *plan_, tree_);
  request.planned = shared_from(arena_, *plan_);
  List<std::string_view> native(arena_);
  for (const resolve::Place& place : base_.native) {
    native.push_back(join(arena_, {place.name, "=", place.path}));
  }
  request.native = native.view();
  request.of_program = plan_->of_program.view();
  List<std::string_view> preloaded(arena_);
  for (const std::string& name : bypassed_) preloaded.push_back(name);
  request.preloaded = preloaded.view();
  request.map = maps_for(arena_, options, tree_, joined_);
  maps_.assign(request.map.begin(), request.map.end());
  request.map_if_there = maps_if_there(arena_, options, tree_);
  request.native_on_failure = options.on_failure == "native";
  request.keep_from_children = options.inherit == false;
  request.preload = options.preload;
  request.isolated = options.isolated;
  request.strict = tree_.wishes.strict;
  request.permit = tree_.wishes.permit;
  List<std::string_view> searched(arena_);
  for (const std::string& each : options.library_path) searched.push_back(arena_.copy(each));
  request.library_path = searched.view();
  if (!options.seccomp.empty()) request.policy = kPolicyFile;
  request_ = handoff::encode(arena_, request);
}

void Survey::note_foreign_linker() {
  const ForeignLinker& linker = base_.linker;
  if (linker.path.empty()) return;
  std::string_view who = join(arena_, {"the program is started by ", linker.path,
                                       ", which is not this system's dynamic linker: "});
  if (!linker.defaults.directories.empty()) {
    std::string_view places;
    for (std::string_view each : linker.defaults.directories) {
      places = join(arena_, {places, places.empty() ? "" : ":", each});
    }
    std::string_view cache = linker.defaults.cache;
    plan_->notes.push_back(
        join(arena_, {who, "libraries of this system are those that it finds, in ", cache,
                      cache.empty() ? "" : " and in ", places}));
    return;
  }
  plan_->notes.push_back(
      join(arena_, {who, "where it searches is not known, and the plan is made with ",
                    linker.directory.empty()
                        ? "this system's glibc, which may not be the one that the program gets"
                        : "the glibc beside it"}));
}

void Survey::look_at_program(const Options& options, const Program& program) {
  std::vector<Warning>& warnings = findings_.warnings;
  for (const std::string& file : program.chain) findings_.stamp.add(absolute_path(file));
  if (!options.preload) {
    bypassed_ = find_bypassed(*plan_, program, base_, warnings);
    warn_of_preloaded(arena_, *plan_, base_, findings_);
    warn_of_linkers_in_scripts(program, warnings);
    for (const std::string& name : bypassed_) {
      plan_->notes.push_back(join(arena_, {name,
                                           " is preloaded: a DT_RPATH would lead the program "
                                           "to a copy of its own"}));
    }
  }
  if (!options.preload) look_for_unneeded(arena_, tree_.wishes, *plan_, program, base_, warnings);
  warn_of_absent(*plan_, base_, tree_, warnings);
  warn_of_copies(arena_, *plan_, base_, tree_, warnings);
}

std::string Survey::file_in_base(std::string_view name) {
  Result<resolve::Found> found = base_.searcher->find(name, {});
  return found ? std::string(found->file.host_path) : std::string();
}

std::string Survey::file_in_tree(std::string_view name) {
  Result<resolve::Found> found = tree_.searcher.find(name, {});
  return found ? std::string(found->file.host_path) : std::string();
}

void Survey::require_complete() const {
  if (plan_->lacks.empty()) return;
  std::vector<std::string> sentences;
  for (const plan::Lack& lack : plan_->lacks) {
    sentences.push_back(std::string(lack.what) + " " + std::string(lack.detail) + "; " +
                        std::string(lack.advice));
  }
  throw Failure::of_several(sentences, Fault::missing);
}

}  // namespace bulkhead::survey
