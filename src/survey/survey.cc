#include "survey/survey.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "arch/machine.h"
#include "base/fd.h"
#include "base/text.h"
#include "elf/relocs.h"
#include "handoff/handoff.h"
#include "survey/failure.h"
#include "survey/plugins.h"
#include "survey/suggest.h"

namespace bulkhead::survey {
namespace {

using Names = std::span<const std::string_view>;

bool stops_at_glibc(void*, std::string_view name) { return plan::is_glibc_family(name); }

// A library without a SONAME may be exposed by its path.
bool stops_at_exposed(void* context, std::string_view name) {
  return std::ranges::any_of(*static_cast<const Names*>(context), [&](std::string_view exposed) {
    return exposed == name || file_name_of(exposed) == name;
  });
}

void add_once(List<std::string_view>& names, std::string_view name) {
  if (!plan::contains(names.view(), name)) names.push_back(name);
}

std::string absolute(const std::string& path) {
  char directory[PATH_MAX];
  if (path.starts_with('/') || ::getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + "/" + path.substr(path.starts_with("./") ? 2 : 0);
}

// A file of the tree that is damaged can only be replaced.
Error with_advice(Error error) {
  bool damaged = error.fault == Fault::malformed || error.fault == Fault::limit;
  if (damaged && error.advice.empty()) error.advice = "it is damaged: install it anew in the tree";
  return error;
}

[[noreturn]] void fail_for_absent(const resolve::Tree& tree, const resolve::Missing& missing) {
  std::string text = std::string(missing.name) + ": is not in the tree " +
                     std::string(tree.path()) + " (looked for in " + std::string(missing.searched) +
                     ")";
  if (!missing.why.empty()) text += "; " + std::string(missing.why);
  std::string near;
  for (const std::string& name : near_names(tree, missing.searched, missing.name)) {
    near += (near.empty() ? "" : ", ") + name;
  }
  // A shell's programs are looked for otherwise, so people leave out the directory.
  if (std::string here = absolute(std::string(missing.name));
      tree.path() == "/" && ::access(here.c_str(), F_OK) == 0) {
    text += "; the current directory has one, which is " + here;
  } else {
    text += near.empty() ? "; check the name (a SONAME such as libz.so.1) and the tree"
                         : "; the tree has " + near;
  }
  throw Failure(text, kFailed, Fault::missing);
}

}  // namespace

Survey::Survey(const Options& options, const Program* program)
    : own_libraries_(survey::own_libraries(options.library_directory)),
      tree_(take_or_fail(arena_, resolve::Tree::open(arena_, arena_.copy(options.tree)))),
      base_(take_or_fail(arena_, resolve::Tree::open(arena_, "/"))) {
  find_tree_side(options);
  find_base_side(program);
  graphs_.compat = read_compat(arena_, own_libraries_, compat_files_);
  plan_.emplace(take_or_fail(arena_, plan::make_plan(arena_, wishes_, graphs_)));
  note_foreign_linker();
  make_request(options);
  if (program != nullptr) {
    for (const std::string& file : program->chain) stamp_.add(absolute(file));
    if (!options.preload) warn_of_bypasses(program);
    warn_of_programs_gaps();
    warn_of_copies();
  }
  for (const OwnLibrary& library : own_libraries_) stamp_.add(library.path);
}

std::span<const std::string_view> Survey::views(const std::vector<std::string>& names) {
  List<std::string_view> list(arena_);
  for (const std::string& name : names) add_once(list, arena_.copy(name));
  return list.view();
}

void Survey::remember(const resolve::Closure& closure, const resolve::Searcher& searcher) {
  for (const resolve::Library& library : closure.libraries()) {
    stamp_.add(std::string(library.host_path), library.status);
  }
  for (std::string_view input : searcher.inputs()) stamp_.add(std::string(input));
}

void Survey::find_tree_side(const Options& options) {
  wishes_.tree = tree_.path();
  wishes_.interposer = options.preload;
  wishes_.expose = views(options.expose);
  wishes_.share = views(options.share);
  wishes_.keep_private = views(options.keep_private);
  wishes_.may_expose_nothing = options.may_expose_nothing;
  List<const plan::Profile*> profiles(arena_), in_force(arena_);
  for (const std::string& name : options.profiles) profiles.push_back(plan::find_profile(name));
  wishes_.profiles = profiles.view();
  in_force.append(profiles.view());
  for (std::string_view name : wishes_.expose) {
    const plan::Profile* profile = plan::profile_of(file_name_of(name));
    bool known = profile == nullptr;
    for (const plan::Profile* each : in_force) known = known || each == profile;
    if (!known) in_force.push_back(profile);
  }

  // What has to be there; then what may be: it says what else has to be exposed or shared.
  List<std::string_view> roots(arena_), plugins(arena_);
  roots.append(wishes_.expose);
  std::size_t required = roots.size();
  for (const plan::Profile* profile : in_force) {
    for (std::string_view name : profile->expose) {
      bool wanted = plan::contains(profile->family, name) ||
                    std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
      if (wanted) add_once(roots, name);
    }
    for (std::string_view name : profile->boundary) add_once(roots, name);
    for (const std::string& name : plugins_of(tree_, *profile, stamp_)) {
      plugins.push_back(arena_.copy(name));
      add_once(roots, plugins.back());
    }
    for (std::string& map : maps_of(tree_, *profile, stamp_))
      profile_maps_.push_back(std::move(map));
  }

  tree_searcher_.emplace(take_or_fail(arena_, resolve::Searcher::open(arena_, tree_)));
  resolve::Request request{roots.view(), {stops_at_glibc, nullptr}, {}};
  if (Result<resolve::Closure> all = resolve::Closure::find(arena_, *tree_searcher_, request)) {
    tree_closure_.emplace(std::move(*all));
  } else {
    // Perhaps it is one of the optional ones that is damaged.
    request.roots = roots.view().first(required);
    Result<resolve::Closure> needed = resolve::Closure::find(arena_, *tree_searcher_, request);
    if (!needed) {
      throw Failure(std::string(render(arena_, with_advice(needed.error()))), kFailed,
                    needed.error().fault);
    }
    tree_closure_.emplace(std::move(*needed));
    warnings_.emplace_back(render(arena_, with_advice(all.error())));
  }
  remember(*tree_closure_, *tree_searcher_);
  for (const resolve::Missing& missing : tree_closure_->missing()) {
    if (missing.needed_by == resolve::kNone && plan::contains(wishes_.expose, missing.name)) {
      fail_for_absent(tree_, missing);
    }
  }
  graphs_.tree = take_or_fail(arena_, plan::graph_of(arena_, *tree_closure_));
  graphs_.plugins = plugins.view();
  exposed_ = take_or_fail(arena_, plan::choose_exposed(arena_, wishes_, graphs_.tree));
}

// A tool may use our interface. The libbulkhead.so.0 in the process is the one beside the
// interposer.
std::string_view Survey::file_in_process(std::string_view name) {
  for (const OwnLibrary& library : own_libraries_) {
    if (library.name == name) return arena_.copy(library.path);
  }
  return name;
}

void Survey::find_base_side(const Program* program) {
  const char* variable = ::getenv("LD_LIBRARY_PATH");
  std::string_view library_path = variable == nullptr ? "" : arena_.copy(variable);
  base_searcher_.emplace(
      take_or_fail(arena_, resolve::Searcher::open(arena_, base_, library_path)));

  // A program that brings its own dynamic linker has the glibc that lies beside that.
  if (program != nullptr) linker_ = foreign_linker_of(program->binary, *base_searcher_);
  if (!linker_.directory.empty()) {
    library_path = join(arena_, {library_path, library_path.empty() ? "" : ":", linker_.directory});
    base_searcher_.emplace(
        take_or_fail(arena_, resolve::Searcher::open(arena_, base_, library_path)));
  }

  // The program; then every library that the capsule may want of the base.
  List<std::string_view> roots(arena_);
  if (program != nullptr) roots.push_back(arena_.copy(absolute(program->binary)));
  roots.push_back("libc.so.6");
  roots.push_back("libgcc_s.so.1");
  for (std::string_view name : wishes_.share) add_once(roots, name);
  for (const plan::Node& node : graphs_.tree.nodes) {
    if (node.unique) add_once(roots, node.name);
    for (const plan::Need& need : node.needs) {
      if (plan::is_always_shared(need.name)) add_once(roots, file_in_process(need.name));
    }
  }
  for (std::string_view name : exposed_) {
    const plan::Profile* profile = plan::profile_of(name);
    if (profile == nullptr) continue;
    for (std::string_view each : profile->boundary) add_once(roots, each);
  }
  resolve::Request request{roots.view(), {stops_at_exposed, &exposed_}, {}};
  base_closure_.emplace(
      take_or_fail(arena_, resolve::Closure::find(arena_, *base_searcher_, request)));
  remember(*base_closure_, *base_searcher_);
  graphs_.base = take_or_fail(arena_, plan::graph_of(arena_, *base_closure_));
  graphs_.has_program = program != nullptr;
  if (graphs_.base.find("libc.so.6") == nullptr) {
    throw Failure(
        "libc.so.6: this system has none that the dynamic linker would find; "
        "bulkhead needs glibc");
  }
}

std::span<const plan::Node> read_compat(Arena& arena, const std::vector<OwnLibrary>& libraries,
                                        std::vector<FileMapping>& files) {
  List<plan::Node> nodes(arena);
  for (const OwnLibrary& library : libraries) {
    if (library.name.find("compat") == std::string::npos) continue;
    Fd fd(::open(library.path.c_str(), O_RDONLY | O_CLOEXEC));
    files.push_back(take_or_fail(arena, FileMapping::of(fd.get())));
    elf::Image image = take_or_fail(arena, elf::Image::of_file(files.back().bytes()));
    plan::Node node;
    node.name = node.asked_for = arena.copy(library.name);
    node.file = arena.copy(library.path);
    node.object = arena.create<elf::Object>(take_or_fail(arena, elf::Object::read(arena, image)));
    nodes.push_back(node);
  }
  return nodes.view();
}

void Survey::make_request(const Options& options) {
  List<std::string_view> maps(arena_);
  // The user's first: the first prefix that fits is taken.
  for (const std::string& map : options.map) {
    if (map.find('=') != std::string::npos) {
      maps.push_back(arena_.copy(map));
    } else {
      maps.push_back(join(arena_, {map, "=", tree_.reachable_host_path(arena_, map)}));
    }
  }
  for (const std::string& map : profile_maps_) maps.push_back(arena_.copy(map));
  List<std::string_view> at(arena_);
  for (std::string_view name : plan_->expose) {
    const plan::Node* node = graphs_.tree.find(name);
    // Asked for by a path, or by a file's name that is not its SONAME (or it has none).
    if (node == nullptr || node->asked_for == name) continue;
    at.push_back(join(arena_, {name, "=", node->asked_for}));
  }
  handoff::Request request;
  request.at = at.view();
  request.of_program = plan_->of_program.view();
  request.tree = tree_.path();
  request.name = arena_.copy(options.name);
  request.expose = plan_->expose.view();
  request.share = plan_->share.view();
  request.keep_private = plan_->keep_private.view();
  request.map = maps.view();
  request.native_on_failure = options.on_failure == "native";
  request.keep_from_children = options.inherit == false;
  request.preload = options.preload;
  request.isolated = options.isolated;
  if (!options.seccomp.empty()) request.policy = kPolicyFile;
  request_ = handoff::encode(arena_, request);
}

void Survey::note_foreign_linker() {
  if (linker_.path.empty()) return;
  std::string_view path = arena_.copy(linker_.path);
  plan_->notes.push_back(
      linker_.directory.empty()
          ? join(arena_, {"the program is started by ", path,
                          ", which is not this system's dynamic linker, and has no libc.so.6 "
                          "beside it: the plan is made with this system's glibc, which may not be "
                          "the one that the program gets"})
          : join(arena_, {"the program is started by ", path,
                          ", which is not this system's dynamic linker: the plan is made with the "
                          "glibc beside it; other directories and caches that it knows were not "
                          "searched"}));
}

// DT_RPATH comes before LD_LIBRARY_PATH, where the shims are.
void Survey::warn_of_bypasses(const Program* program) {
  for (const resolve::Library& library : base_closure_->libraries()) {
    if (library.dynamic.has_runpath() || library.dynamic.rpath().empty()) continue;
    std::string origin(library.loader == resolve::kNone && library.name.starts_with('/')
                           ? directory_of(library.name)
                           : library.directory);
    std::string_view rest = library.dynamic.rpath();
    while (!rest.empty()) {
      std::string directory(split_off(rest, ':'));
      for (std::string_view token : {"$ORIGIN", "${ORIGIN}"}) {
        std::size_t at = directory.find(token);
        if (at != std::string::npos) directory.replace(at, token.size(), origin);
      }
      for (std::string_view name : plan_->expose) {
        std::string file = directory + "/" + std::string(name);
        if (::access(file.c_str(), R_OK) != 0) continue;
        warnings_.push_back(std::string(library.host_path) + ": its DT_RPATH makes " +
                            program->path + " use " + file +
                            " rather than the tree's; turn it into a DT_RUNPATH "
                            "(patchelf --set-rpath), or move that copy away");
      }
    }
  }
}

void Survey::warn_of_programs_gaps() {
  for (const resolve::Missing& missing : base_closure_->missing()) {
    if (missing.needed_by == resolve::kNone) continue;
    const resolve::Library& user = base_closure_->libraries()[missing.needed_by];
    bool tree_has = false;
    Result<resolve::Found> found = tree_searcher_->find(missing.name, {});
    if (found) tree_has = true;
    warnings_.push_back(std::string(missing.name) + ": is needed by " +
                        std::string(user.host_path) + " and is not on this system" +
                        (tree_has ? "; the tree has one: --expose " + std::string(missing.name)
                                  : std::string("; the program will not start without")));
  }
}

std::string Survey::file_in_base(std::string_view name) {
  Result<resolve::Found> found = base_searcher_->find(name, {});
  return found ? std::string(found->file.host_path) : std::string();
}

std::string Survey::file_in_tree(std::string_view name) {
  Result<resolve::Found> found = tree_searcher_->find(name, {});
  return found ? std::string(found->file.host_path) : std::string();
}

// Where natively, too, program and library have an object each.
void Survey::warn_of_copies() {
  for (const resolve::Library& user : base_closure_->libraries()) {
    Result<elf::Object> object = elf::Object::read(arena_, user.image);
    if (!object || user.loader != resolve::kNone) continue;
    Status visited = elf::for_each_symbolic_relocation(
        user.image, user.dynamic, [&](const elf::Relocation& relocation) {
          if (relocation.type != arch::Native::kCopy) return;
          std::string_view name = object->symbols.name(relocation.symbol);
          for (std::string_view exposed : plan_->expose) {
            const plan::Node* library = graphs_.tree.find(exposed);
            std::optional<std::size_t> found;
            if (library != nullptr && library->object != nullptr) {
              found = library->object->find(name, object->versions.name(relocation.symbol));
            }
            if (!found) continue;
            bool symbolic = (library->object->dynamic.flags & DF_SYMBOLIC) != 0;
            unsigned visibility = elf::symbol_visibility(library->object->symbols[*found]);
            if (!symbolic && visibility != STV_PROTECTED) continue;
            warnings_.push_back(std::string(name) + ": is a variable of " + std::string(exposed) +
                                " which that library binds to itself (" +
                                (symbolic ? "-Bsymbolic" : "protected") + "), and " +
                                std::string(user.host_path) +
                                " has a copy of its own, as it would natively: what one changes "
                                "the other does not see; compile the program with -fPIC");
          }
        });
    static_cast<void>(visited);  // ld.so will say what is wrong with it
  }
}

void Survey::require_complete() const {
  if (plan_->lacks.empty()) return;
  std::string text;
  for (const plan::Lack& lack : plan_->lacks) {
    if (!text.empty()) text += "\nbulkhead: ";
    text +=
        std::string(lack.what) + " " + std::string(lack.detail) + "; " + std::string(lack.advice);
  }
  throw Failure(text, kFailed, Fault::missing);
}

}  // namespace bulkhead::survey
