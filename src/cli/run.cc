// bulkhead run: makes or finds a shim directory, puts it in front of LD_LIBRARY_PATH, and
// becomes the program.
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/diagnostics.h"
#include "base/text.h"
#include "cache/cache.h"
#include "cache/joined_directories.h"
#include "cache/shim_directory.h"
#include "cache/starts.h"
#include "cli/command_line.h"
#include "cli/cut_files.h"
#include "cli/explain.h"
#include "cli/preflight.h"
#include "messages/failure.h"
#include "preload/named_paths.h"
#include "preload/plugins.h"
#include "preload/tool_plan.h"
#include "preload/variables.h"
#include "programs/program.h"
#include "settings/capsules.h"
#include "settings/choice.h"
#include "settings/profiles.h"
#include "survey/survey.h"
#include "trusted/named_trees.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Start a program with libraries of another system's tree.

PROGRAM runs unmodified, in this process, with this system's libc. Each exposed
library comes from the tree, with all that it needs in a linker namespace of its
own: the program sees the symbols of the exposed libraries and nothing else of
the tree. No file of the tree, of the program or of the system is changed.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead run glxgears
  bulkhead run --tree ~/trixie --expose libssl.so.3,libcrypto.so.3 -- curl https://debian.org
  bulkhead run --tree /run/host --profile gl --on-failure native -- ./game
  bulkhead run --plugin '*/_sqlite3*.so' --library-path /opt/sqlite/lib -- python3 program.py

Without --tree it is the tree that BULKHEAD_TREE names; else /run/host, where
containers show their host; else / for a program that brings a dynamic linker or
libraries of its own. Without --expose and --profile it is the profile of which the
program's needs are, or what its notes (.note.dlopen) say that it opens, else gl;
and what this system lacks of its needs. One line says what was chosen.

A statically linked program gets nothing itself; what it starts does. Of a dynamic
linker that is called by hand (ld.so --library-path DIR PROGRAM) the program counts.

Which library is private, shared or exposed, and why: bulkhead explain, with the
same options.

Programs that PROGRAM starts inherit LD_LIBRARY_PATH and so get the same libraries.
With --no-inherit a program that loads an exposed library takes the directory of
shims out of its environment.

With --on-failure native a program whose capsule cannot be opened goes on with this
system's own libraries, and one line says why: before it starts (no such tree, a
library or symbol is missing), or when it loads the first exposed library.

Options beside --config are the last word: --on-failure, --no-inherit and --tree take
the place of what the file says, what else is listed comes in addition.

Exit status:
  that of PROGRAM; or
  125  bulkhead itself failed, and PROGRAM was not started
  126  PROGRAM was found and cannot be executed
  127  PROGRAM was not found

Environment:
  BULKHEAD_TREE     the tree, where --tree is not given
  LD_LIBRARY_PATH   is kept, after the directory of shims
  BULKHEAD_DEBUG    debug topics, as --debug
  BULKHEAD_LIBDIR   where bulkhead's own libraries are, if not beside the command
  XDG_CACHE_HOME, HOME, XDG_RUNTIME_DIR   where shims are kept

Files:
  ~/.cache/bulkhead/v1/   shims by what they depend on; may be removed at any time)";

std::string current_directory() {
  char buffer[4096];
  return ::getcwd(buffer, sizeof buffer) == nullptr ? std::string{} : std::string(buffer);
}

void append_key(std::string& key, std::string_view name, std::string_view value) {
  key.append(name).append("=").append(value).append("\n");
}

void append_key(std::string& key, std::string_view name, const std::vector<std::string>& values) {
  for (const std::string& value : values) append_key(key, name, value);
}

// All that the shims depend on which is not a file: the files are in the stamp.
std::string key_of(const std::vector<survey::Options>& capsules, const programs::Program& program) {
  std::string key = survey::own_identity();
  for (const survey::Options& capsule : capsules) {
    append_key(key, "tree", capsule.tree);
    append_key(key, "expose", capsule.expose);
    append_key(key, "name", capsule.name);
    append_key(key, "profile", capsule.profiles);
    append_key(key, "profiles", settings::profile_directories(capsule.library_directory));
    append_key(key, "share", capsule.share);
    append_key(key, "private", capsule.keep_private);
    append_key(key, "prefer", capsule.prefer);
    append_key(key, "map", capsule.map);
    append_key(key, "on-failure", capsule.on_failure);
    append_key(key, "inherit", capsule.inherit == false ? "no" : "yes");
    if (capsule.strict == true) append_key(key, "strict", "yes");
    append_key(key, "permit", capsule.permit);
    append_key(key, "search", capsule.library_path);
    append_key(key, "plugin", capsule.plugins);
    append_key(key, "joined-in", capsule.joined_in);
  }
  append_key(key, "program", program.binary);
  append_key(key, "through", program.chain);
  append_key(key, "linker", program.linker);
  append_key(key, "library-path", programs::library_path_for(&program));
  if (const char* preloaded = ::getenv("LD_PRELOAD")) append_key(key, "preload", preloaded);
  // Relative paths mean something else elsewhere.
  append_key(key, "directory", current_directory());
  return key;
}

void warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) message({"warning: ", warning});
}

// --on-failure native: one line says what is left out.
void go_without(const programs::Program& program, const std::string& capsule,
                const messages::Failure& failure) {
  const std::vector<std::string> sentences = failure.sentences();
  std::string why = sentences[0];
  if (sentences.size() > 1) why += "; and more, see bulkhead explain";
  message({program.path, " starts with this system's own libraries",
           capsule.empty() ? "" : " in place of the capsule " + capsule, ": ", why});
}

bool goes_native(const survey::Options& capsule) { return capsule.on_failure == "native"; }

// The plans that can be carried out, each with its capsule.
struct Plans {
  std::vector<survey::Options> capsules;
  std::vector<std::unique_ptr<survey::Survey>> surveys;
};

Plans make_plans(const std::vector<survey::Options>& capsules, const programs::Program& program) {
  Plans plans;
  for (const survey::Options& capsule : capsules) {
    if (survey::is_for_plugins_alone(capsule)) continue;
    try {
      std::unique_ptr<survey::Survey> survey =
          settings::survey_of(capsule, programs::planned_for(program));
      survey->require_complete();
      plans.surveys.push_back(std::move(survey));
      plans.capsules.push_back(capsule);
    } catch (const messages::Failure& failure) {
      if (!goes_native(capsule)) throw;
      go_without(program, capsule.name, failure);
    }
  }
  return plans;
}

// What is to be preloaded besides `files`, and what static TLS it takes, if anything is and does;
// and what profiles say of variables.
void write_order(const std::vector<std::unique_ptr<survey::Survey>>& surveys,
                 std::vector<std::string> files, const std::string& directory) {
  std::vector<std::string> others;
  std::size_t static_tls = 0;
  for (const std::unique_ptr<survey::Survey>& survey : surveys) {
    static_tls += preload::static_tls_of_capsule(*survey);
    for (const std::string& name : survey->bypassed()) files.emplace_back(file_name_of(name));
    for (const std::string& variable : survey->environment()) {
      others.push_back(preload::line_of_variable(preload::for_tree(variable, survey->tree_path())));
    }
    std::ranges::move(preload::lines_of_named_paths(survey->path_variables(), survey->maps()),
                      std::back_inserter(others));
  }
  if (files.empty() && others.empty() && static_tls == 0) return;
  if (!files.empty() && directory.find(' ') != std::string::npos) {
    throw messages::Failure(directory + ": has a blank, at which ld.so splits LD_PRELOAD, and " +
                            files[0] + " has to be preloaded; choose another with --cache-dir");
  }
  preload::write_order(directory, static_tls, files, others);
}

void say_where(const cache::Cache& cache, std::string_view how, const std::string& directory) {
  if (!cache.detour().empty()) {
    message({"note: shims are kept in ",
             std::string_view(directory).substr(0, directory.rfind('/')), " this time (",
             cache.detour(), ")"});
  }
  message({"note: ", how, directory});
}

// Empty if no capsule can be had and the program is to start without.
std::string find_or_make_shims(const survey::Options& options,
                               std::vector<survey::Options> capsules,
                               const programs::Program& program, cache::Start& start) {
  cache::Cache cache(options.cache_directory);
  for (survey::Options& each : capsules) each.joined_in = cache::joined_in(cache);
  std::vector<std::string> warnings;
  std::string key = key_of(capsules, program);
  std::string directory;
  // Whether the kernel heeds the bits is no matter of the files.
  programs::refuse_privileged(program);
  if (!options.no_cache) directory = cache.find(key, warnings);
  if (!directory.empty()) {
    warn(warnings);
    if (options.verbose) say_where(cache, "shims from the cache: ", directory);
    if (warnings.empty()) start.set_shims(directory, key);
    return directory;
  }

  programs::check_program(program);
  Plans plans = make_plans(capsules, program);
  const auto with_shims = std::ranges::count_if(
      capsules, [](const auto& each) { return !survey::is_for_plugins_alone(each); });
  const bool any_plugins = std::ranges::any_of(
      capsules, [](const survey::Options& each) { return !each.plugins.empty(); });
  if (plans.surveys.empty() && !any_plugins) return {};
  settings::refuse_conflicts(plans.capsules, plans.surveys);
  survey::Stamp stamp;
  for (const std::string& file : program.chain) stamp.add(programs::absolute_path(file));
  for (const std::unique_ptr<survey::Survey>& survey : plans.surveys) {
    stamp.add(survey->stamp());
    if (!options.verbose) continue;
    for (std::string_view note : survey->plan().notes) message({"note: ", note});
  }
  warnings = settings::warnings_of(plans.capsules, plans.surveys);
  // One directory for all: a program gets one library of a name.
  auto fill = [&](const std::string& path) {
    for (const std::unique_ptr<survey::Survey>& survey : plans.surveys) {
      cache::write_shims(*survey, path, cache::OwnLibraries::linked);
      cache::write_joined(*survey, stamp);
    }
    write_order(plans.surveys, preload::write_plugins(capsules, path), path);
    return stamp.write(key, path, warnings);
  };
  // What one that was left out would need is in no stamp: look again next time.
  bool once = options.no_cache || std::ssize(plans.surveys) < with_shims;
  directory = once ? cache.make_once(fill) : cache.make(key, fill);
  warn(warnings);
  if (options.verbose) say_where(cache, "shims made: ", directory);
  if (!once && warnings.empty()) start.set_shims(directory, key);
  return directory;
}

std::string shims_or_nothing(const survey::Options& options,
                             const std::vector<survey::Options>& capsules,
                             const programs::Program& program, cache::Start& start) {
  const bool native = std::ranges::all_of(capsules, goes_native);
  if (native) {
    when_files_are_cut(
        [](void* context) {
          const auto& started = *static_cast<const programs::Program*>(context);
          message({started.path, " starts with this system's own libraries"});
          try {
            programs::execute(started);
          } catch (const messages::Failure& failure) {
            fatal(failure.what());
          }
        },
        const_cast<programs::Program*>(&program));
  }
  try {
    require_surroundings();
    return find_or_make_shims(options, capsules, program, start);
  } catch (const messages::Failure& failure) {
    if (!native) throw;
    go_without(program, {}, failure);
  } catch (const std::bad_alloc&) {
    if (!native) throw;
    message({program.path, " starts with this system's own libraries: out of memory"});
  }
  return {};
}

// What nobody said. Where it cannot be chosen, `native` has the program start all the same.
void choose_for(survey::Options& options, const programs::Program& program) {
  if (!options.config.empty()) return;
  try {
    const std::string chosen = settings::choose(options, program);
    if (!chosen.empty()) message({program.path, " starts with ", chosen});
  } catch (const messages::Failure& failure) {
    if (!goes_native(options)) throw;
    go_without(program, {}, failure);
    programs::execute(program);
  }
}

// Whether bulkhead's own profiles are where they belong, and nothing could lead elsewhere: whatever
// else there is of them is in the stamp.
bool has_profiles_beside_it() {
  std::error_code unknown;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return settings::profile_directories({}).back() ==
         (own.parent_path().parent_path() / "share/bulkhead/profiles").string();
}

// What the meaning of the tree's word depended on. False if that cannot be written down.
bool note_tree(const std::string& word, const survey::Options& capsule, cache::Start& start) try {
  if (word.empty() || word.find('/') != std::string::npos) return true;
  if (!capsule.tree_trouble.empty() || !trusted::is_tree_name(word)) return false;
  const std::string named = trusted::shelf_path() + "/" + word + trusted::kFiles;
  if (capsule.tree != named && capsule.tree != word) return false;
  const bool is_named = capsule.tree == named;
  start.add_absent(is_named ? word : named);
  if (is_named) start.add_trusted(named);
  return true;
} catch (const messages::Failure&) {
  return false;  // there is no place for trees with names
}

[[noreturn]] void become(programs::Program program, const std::string& shims,
                         const std::vector<std::string>& line, const cache::Start& start) {
  if (!shims.empty()) {
    if (program.is_launcher) {
      message({program.path,
               " is statically linked and gets nothing itself: the programs that "
               "it starts do"});
    }
    programs::search_first(program, shims);
    (void)preload::preload_from(shims);
    start.write(program, line);
  }
  programs::execute(program);
}

void run(survey::Options& options, const std::vector<std::string>& line, char** words) {
  cache::Start start(words);
  const std::string tree_word = options.tree;
  finish(options, For::program);
  programs::Program program = programs::find_program(line);
  const bool is_chosen = settings::is_to_choose(options);
  choose_for(options, program);
  std::vector<survey::Options> capsules = capsules_of(options, &program);
  std::string shims;
  if (!capsules.empty()) shims = shims_or_nothing(options, capsules, program, start);
  if (start.has_shims() && (is_chosen || capsules.size() != 1 || !has_profiles_beside_it() ||
                            !note_tree(tree_word, capsules[0], start))) {
    start.forget();
  }
  become(program, shims, line, start);
}

}  // namespace

void add_run(CLI::App& app, const std::vector<std::string>& program_line, char** words,
             int& status) {
  CLI::App* command = app.add_subcommand("run", kAbout);
  auto options = std::make_shared<survey::Options>();
  add_plan_options(*command, *options);
  add_plugin_option(*command, *options);
  command->add_option("--cache-dir", options->cache_directory, "Keep shims in DIR")
      ->type_name("DIR");
  command->add_flag("--no-cache", options->no_cache, "Make the shims anew, for this start only");
  auto dry = std::make_shared<bool>(false);
  command->add_flag("-n,--dry-run", *dry,
                    "Print what would be done, as explain does; start nothing");
  add_program(*command);
  command->footer(kMore);
  command->callback([options, dry, &program_line, words, &status] {
    if (program_line.empty())
      throw messages::Failure("no program to run; name one after the options");
    if (*dry) return explain({.options = *options}, program_line, status);
    run(*options, program_line, words);
  });
}

}  // namespace bulkhead::cli
