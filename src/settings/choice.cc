#include "settings/choice.h"
#include "resolve/captured.h"
#include "settings/captured_for.h"

#include <stdlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "elf/glibc.h"
#include "elf/notes.h"
#include "messages/failure.h"
#include "settings/profiles.h"
#include "survey/base_side.h"
#include "trusted/named_trees.h"

namespace bulkhead::settings {
namespace {

using messages::Failure;
using messages::kFailed;

constexpr const char* kHost = "/run/host";
// What programs and scripts get of which nothing else follows: many open these when they run. Where
// they do not, nothing is loaded.
constexpr const char* kUsual = "gl";

std::string named_by_environment() {
  const char* named = ::getenv("BULKHEAD_TREE");
  return named == nullptr ? "" : trusted::require_tree(named);
}

bool is_system(Arena& arena, const std::string& directory) {
  Result<resolve::Tree> tree = resolve::Tree::open(arena, arena.copy(directory));
  if (!tree) return false;
  if (resolve::is_captured(*tree)) return true;
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree);
  return searcher && searcher->find(elf::kLibc, {}).has_value();
}

// Names in an array of strings, or the one string.
void add_names(const nlohmann::json& value, std::set<std::string>& names) {
  if (value.is_string()) names.insert(value.get<std::string>());
  if (!value.is_array()) return;
  for (const nlohmann::json& each : value) {
    if (each.is_string()) names.insert(each.get<std::string>());
  }
}

// What is no JSON of that shape says nothing.
void add_opened(const elf::Image& image, std::set<std::string>& names) {
  elf::for_each_note(image, elf::kDlopenOwner, elf::kDlopenType,
                     [&](std::span<const std::byte> at) {
                       std::string_view text(reinterpret_cast<const char*>(at.data()), at.size());
                       text = text.substr(0, text.find('\0'));
                       nlohmann::json notes = nlohmann::json::parse(text, nullptr, false);
                       if (!notes.is_array()) return;
                       for (const nlohmann::json& note : notes) {
                         if (note.is_object() && note.contains("soname"))
                           add_names(note["soname"], names);
                       }
                     });
}

// A program with all that it needs, as it starts natively.
class Native {
 public:
  explicit Native(const programs::Program& program) : base_(arena_) {
    if (programs::planned_for(program) == nullptr) return;
    survey::open_base_searcher(arena_, &program, base_);
    const std::string_view root = arena_.copy(programs::absolute_path(program.binary));
    closure_.emplace(messages::take_or_fail(
        arena_, resolve::Closure::find(arena_, *base_.searcher, {{&root, 1}, {}, {}, true})));
    for (const resolve::Library& library : closure_->libraries()) {
      for (const resolve::Need& need : library.needs) wanted_.emplace(need.name);
      add_opened(library.image, wanted_);
    }
    for (const resolve::Missing& missing : closure_->missing()) missing_.emplace_back(missing.name);
  }

  // By whom the program is another system's; empty if by nobody.
  std::string stranger() {
    if (!closure_) return {};
    if (!base_.linker.path.empty()) return "it brings its own dynamic linker, " + base_.linker.path;
    resolve::Searcher system =
        messages::take_or_fail(arena_, resolve::Searcher::open(arena_, base_.tree));
    for (const resolve::Library& library : closure_->libraries()) {
      if (library.loader == resolve::kNone || library.name.find('/') != std::string_view::npos) {
        continue;
      }
      Result<resolve::Found> found = system.find(library.name, {});
      if (!found || identity_of(found->file.status) == library.identity()) continue;
      return "it brings a " + std::string(library.name) + " of its own, " +
             std::string(library.host_path);
    }
    return {};
  }

  const std::set<std::string>& wanted() const { return wanted_; }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  Arena arena_;
  survey::BaseSide base_;
  std::optional<resolve::Closure> closure_;
  std::set<std::string> wanted_;      // needed, or said to be opened
  std::vector<std::string> missing_;  // needed, and not here
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> those_in(const std::string& tree, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  Arena arena;
  resolve::Tree opened =
      messages::take_or_fail(arena, resolve::Tree::open(arena, arena.copy(tree)));
  resolve::Searcher searcher =
      messages::take_or_fail(arena, resolve::Searcher::open(arena, opened));
  std::vector<std::string> there;
  for (const std::string& name : names) {
    if (searcher.find(arena.copy(name), {})) there.push_back(name);
  }
  return there;
}

// A profile of the program's, and what of it the program wants.
struct Fit {
  ProfileFile profile;
  std::vector<std::string> wanted;

  // Whether `other` serves at least as well, and brings less that nobody wants.
  bool is_less_than(const Fit& other) const {
    const bool all = std::ranges::all_of(wanted, [&](const std::string& name) {
      return std::ranges::find(other.wanted, name) != other.wanted.end();
    });
    if (!all || wanted.size() < other.wanted.size()) return all;
    return profile.expose.size() > other.profile.expose.size();
  }
};

// Those that have something that is wanted, without those that others make needless. Of several
// only those of which the tree has something.
std::vector<Fit> fitting(const std::vector<ProfileFile>& profiles,
                         const std::set<std::string>& wanted, const std::string& tree) {
  std::vector<Fit> all;
  for (const ProfileFile& profile : profiles) {
    if (!profile.choose) continue;
    Fit fit{profile, {}};
    for (const std::string& name : profile.expose) {
      if (wanted.contains(name)) fit.wanted.push_back(name);
    }
    if (!fit.wanted.empty()) all.push_back(std::move(fit));
  }
  std::vector<Fit> best;
  for (const Fit& fit : all) {
    if (std::ranges::none_of(all, [&](const Fit& other) { return fit.is_less_than(other); })) {
      best.push_back(fit);
    }
  }
  if (best.size() < 2) return best;
  std::vector<Fit> there;
  for (const Fit& fit : best) {
    if (!those_in(tree, fit.wanted).empty()) there.push_back(fit);
  }
  return there.empty() ? best : there;
}

std::string ways_to_a_tree() {
  const std::vector<std::string> names = trusted::tree_names();
  const std::string directory = "a directory with the other system's files";
  if (!names.empty()) {
    return "name with --tree one of those that bulkhead tree add has made (" + joined(names) +
           "), or " + directory;
  }
  return "name " + directory +
         " with --tree, or by BULKHEAD_TREE, or make a tree: " + "bulkhead help tree";
}

// Returns why that one. The last resort is this system, for a program that is none of it.
std::string choose_tree(survey::Options& options, const programs::Program& program,
                        Native& native) {
  options.tree = named_by_environment();
  if (!options.tree.empty()) return "BULKHEAD_TREE names it";
  options.tree = tree_by_environment();
  if (!options.tree.empty()) return "it is there";
  std::string stranger = native.stranger();
  if (stranger.empty()) {
    throw Failure("there is no tree to take libraries from: " + program.path +
                      " is this system's, and there is no /run/host; " + ways_to_a_tree(),
                  kFailed, Fault::missing);
  }
  options.tree = "/";
  return stranger;
}

std::string choose_exposed(survey::Options& options, const programs::Program& program,
                           const Native& native) {
  const CapturedFor captured = captured_for(options.tree);
  if (!captured.profiles.empty() || !captured.expose.empty()) {
    options.profiles = captured.profiles;
    options.expose = captured.expose;
    options.library_path.insert(options.library_path.end(), captured.library_path.begin(),
                                captured.library_path.end());
    std::string text;
    for (const std::string& name : captured.profiles) text += "--profile " + name + " ";
    if (!captured.expose.empty()) text += "--expose " + joined(captured.expose) + " ";
    return text + "(for which it was captured)";
  }
  std::string chosen;
  std::vector<std::string> faults;
  const std::vector<ProfileFile> profiles = all_profiles(faults, options.library_directory);
  for (const Fit& fit : fitting(profiles, native.wanted(), options.tree)) {
    options.profiles.push_back(fit.profile.name);
    chosen += (chosen.empty() ? "" : " ") + ("--profile " + fit.profile.name) + " (for " +
              joined(fit.wanted) + ")";
  }
  std::vector<std::string> absent = those_in(options.tree, native.missing());
  if (!absent.empty()) {
    options.expose = absent;
    chosen += (chosen.empty() ? "" : " ") + ("--expose " + joined(absent)) +
              " (which this system has not)";
  }
  if (!chosen.empty()) return chosen;
  const auto usual = std::ranges::find(profiles, kUsual, &ProfileFile::name);
  if (usual != profiles.end() && !those_in(options.tree, usual->expose).empty()) {
    options.profiles.emplace_back(kUsual);
    return "--profile " + options.profiles.back() +
           " (it needs no library of a profile, and may open these, or start what needs them)";
  }
  if (!faults.empty()) throw Failure(faults[0]);
  std::vector<std::string> names;
  for (const ProfileFile& profile : profiles) {
    if (profile.choose) names.push_back(profile.name);
  }
  throw Failure(program.binary + ": needs no library of a profile (" + joined(names) +
                    "), and this system has all that it needs; name what it is to get from " +
                    options.tree +
                    ": --expose LIB,... or, if it opens that when it runs or starts "
                    "another program, --profile NAME",
                kFailed, Fault::missing);
}

}  // namespace

std::string tree_by_environment() {
  if (std::string named = named_by_environment(); !named.empty()) return named;
  Arena arena;
  return is_system(arena, kHost) ? kHost : "";
}

namespace {

bool has_exposed_something(const survey::Options& options) {
  return !options.expose.empty() || !options.profiles.empty() || !options.plugins.empty();
}

}  // namespace

bool is_to_choose(const survey::Options& options) {
  return options.config.empty() && (options.tree.empty() || !has_exposed_something(options));
}

std::string choose(survey::Options& options, const programs::Program& program) {
  if (!is_to_choose(options)) return {};
  const bool has_tree = !options.tree.empty();
  const bool has_exposed = has_exposed_something(options);
  programs::check_program(program);
  if (!options.tree_trouble.empty()) {
    throw Failure(options.tree + ": " + options.tree_trouble, kFailed, Fault::missing);
  }
  Native native(program);
  const std::string because = has_tree ? "" : " (" + choose_tree(options, program, native) + ")";
  Arena arena;
  (void)messages::take_or_fail(arena, resolve::Tree::open(arena, arena.copy(options.tree)));
  const std::string exposed = has_exposed ? "" : " " + choose_exposed(options, program, native);
  return "--tree " + options.tree + because + exposed;
}

}  // namespace bulkhead::settings
