#include "cli/command_line.h"

#include <stdlib.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>

#include "base/diagnostics.h"
#include "messages/failure.h"
#include "settings/capsules.h"
#include "settings/choice.h"
#include "settings/config.h"
#include "settings/path_wishes.h"
#include "settings/profiles.h"
#include "suggest/near.h"
#include "trusted/named_trees.h"

namespace bulkhead::cli {

void take_apart(std::vector<std::string>& values, char separator) {
  std::vector<std::string> pieces;
  for (const std::string& value : values) {
    std::size_t start = 0;
    while (start <= value.size()) {
      std::size_t end = std::min(value.find(separator, start), value.size());
      if (end > start) pieces.push_back(value.substr(start, end - start));
      start = end + 1;
    }
  }
  values = std::move(pieces);
}

namespace {

void check_profiles(survey::Options& options) {
  for (std::string& name : options.profiles) {
    const std::string wrong = settings::no_such_profile(name);
    if (!wrong.empty()) throw messages::Failure("--profile " + name + ": " + wrong);
    if (name.find('/') != std::string::npos) name = std::filesystem::absolute(name).string();
  }
}

void check_maps(const survey::Options& options) {
  for (const std::string& map : options.map) {
    std::string from = map.substr(0, map.find('='));
    std::string to = from.size() < map.size() ? map.substr(from.size() + 1) : "/";
    if (!from.starts_with('/') || !to.starts_with('/')) {
      throw messages::Failure("--map " + map +
                              ": is not FROM or FROM=TO with absolute paths; write for "
                              "instance --map /usr/share/foo");
    }
  }
}

void check_plugins(survey::Options& options) {
  for (const std::string& pattern : options.plugins) {
    if (settings::is_path_pattern(pattern)) continue;
    throw messages::Failure("--plugin: " + pattern + " " + settings::kNoPathPattern);
  }
  // A plugin is this system's, unless somebody says otherwise.
  if (options.config.empty() && survey::is_for_plugins_alone(options) && options.tree.empty()) {
    options.tree = "/";
  }
}

void finish_library_path(survey::Options& options) {
  take_apart(options.library_path, ':');
  for (const std::string& directory : options.library_path) {
    if (settings::is_searchable(directory)) continue;
    throw messages::Failure("--library-path: " + directory + " " + settings::kNotSearchable);
  }
}

// As the program will know it, wherever it goes. (Links and ".." are for who opens it.)
void make_absolute(std::vector<std::string>& paths) {
  for (std::string& path : paths) {
    if (path.empty()) {
      throw messages::Failure("--permit: the path is empty; name a directory or a file");
    }
    path = std::filesystem::absolute(path).string();
  }
}

// A word that means nothing is said when the tree is needed: with --on-failure native it may go
// without.
void find_tree(survey::Options& options) {
  trusted::TreeWord tree = trusted::tree_of(options.tree, options.tree);
  options.tree = tree.directory;
  options.tree_trouble = tree.why_not;
  options.tree_note = tree.note;
}

void check_policy(const survey::Options& options) {
  const std::string& policy = options.on_failure;
  if (policy.empty() || policy == "stop" || policy == "native") return;
  throw messages::Failure("--on-failure " + policy + ": is neither stop nor native");
}

void require_strict(const survey::Options& options) {
  if (options.permit.empty() || options.strict == true) return;
  throw messages::Failure("--permit " + options.permit[0] +
                          ": counts in a strict capsule only; add --strict");
}

// Without a file the command line describes the one capsule there is, or what of it is not to be
// chosen for the program.
void check_single(survey::Options& options, For what) {
  if (!options.capsules.empty()) {
    throw messages::Failure("--capsule: names a capsule of a file; name that with --config");
  }
  require_strict(options);
  if (what == For::program) return;
  if (options.tree.empty()) options.tree = settings::tree_by_environment();
  if (options.tree.empty()) {
    throw messages::Failure(
        "--tree is required; name a directory with the other system's files, a tree that "
        "bulkhead tree add has made, or with --config a file that names it");
  }
  if (options.expose.empty() && options.profiles.empty() && options.plugins.empty()) {
    throw messages::Failure(
        "nothing to expose; name a library with --expose, or a family with --profile");
  }
}

}  // namespace

namespace {

void add_list(CLI::App& command, const char* name, std::vector<std::string>& values,
              const char* value, const char* help) {
  // One value each time: what follows an option is the program, not another library.
  command.add_option(name, values, help)->type_name(value)->expected(1)->take_all();
}

}  // namespace

void add_strict_options(CLI::App& command, survey::Options& options) {
  CLI::Option* strict = command.add_flag_callback(
      "--strict", [&options] { options.strict = true; },
      "Refuse what would come from elsewhere than the tree and what is shared");
  command
      .add_flag_callback(
          "--no-strict", [&options] { options.strict = false; },
          "Open paths outside the tree, too, which is the default")
      ->excludes(strict);
  add_list(command, "--permit", options.permit, "PATH",
           "With --strict: what lies at or below PATH may be loaded as well");
}

void add_plugin_option(CLI::App& command, survey::Options& options) {
  add_list(command, "--plugin", options.plugins, "PATTERN",
           "What the program opens by a path of that pattern is loaded into a capsule, with all "
           "that it needs");
}

void add_library_path_option(CLI::App& command, survey::Options& options) {
  add_list(command, "--library-path", options.library_path, "DIR[:DIR]",
           "Directories of the tree that are searched as those of LD_LIBRARY_PATH are");
}

namespace {

void add_source(CLI::App& command, survey::Options& options) {
  command
      .add_option("-t,--tree", options.tree,
                  "The other system's files: a directory, or a name (bulkhead tree)")
      ->type_name("TREE");
  add_list(command, "-e,--expose", options.expose, "LIB,...",
           "Library (SONAME, as libGL.so.1) that the program gets from the tree");
  add_list(command, "-p,--profile", options.profiles, "NAME",
           "Expose a family of libraries, as gl; bulkhead profiles lists them. Or a FILE.toml");
}

void add_words(CLI::App& command, survey::Options& options, const char* verbose) {
  command.add_flag("-v,--verbose", options.verbose, verbose);
  command
      .add_option("--debug", options.debug,
                  "Debug lines on stderr: resolve, plan, image, open, bind, dl, paths, compat, all")
      ->type_name("TOPICS");
}

}  // namespace

void add_source_options(CLI::App& command, survey::Options& options) {
  add_source(command, options);
  add_library_path_option(command, options);
  add_words(command, options, "Say more: what was captured, and why");
}

void add_plan_options(CLI::App& command, survey::Options& options) {
  command.add_option("-c,--config", options.config, "Read capsules from FILE; see docs/config.md")
      ->type_name("FILE");
  add_list(command, "--capsule", options.capsules, "NAME,...",
           "Of the capsules in FILE take these only");
  add_source(command, options);
  add_list(command, "--share", options.share, "LIB,...",
           "Library that the tree's libraries get from this system");
  add_list(command, "--private", options.keep_private, "LIB,...",
           "Library that is never shared nor exposed");
  add_list(command, "--prefer", options.prefer, "[NAME=]tree|base|newer",
           "Whose copy serves where both sides must use one; of a library, a profile, or all");
  add_list(command, "--map", options.map, "FROM[=TO]",
           "Path prefix that the tree's libraries read from TO (from the tree, if TO is left out)");
  add_library_path_option(command, options);
  add_strict_options(command, options);
  command
      .add_option("--on-failure", options.on_failure,
                  "If a capsule cannot be opened: stop (125), or native: go on with this "
                  "system's own libraries; default: stop")
      ->type_name("stop|native");
  CLI::Option* alone = command.add_flag_callback(
      "--no-inherit", [&options] { options.inherit = false; },
      "Programs that the program starts get this system's libraries");
  command
      .add_flag_callback(
          "--inherit", [&options] { options.inherit = true; },
          "They get the same as the program, which is the default")
      ->excludes(alone);
  add_words(command, options,
            "Say more: what is done and the plan's notes; explain: each version of glibc");
}

void add_program(CLI::App& command) {
  // For --help: CLI11 never sees one, as it would read the argument "[a,b]" as two.
  static std::vector<std::string> unused;
  command.add_option("PROGRAM", unused, "Program and its arguments")->type_name("");
}

namespace {

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  std::vector<std::string> near = suggest::near_words(word, known);
  if (!near.empty()) return "; did you mean " + near.front() + "?";
  std::string list;
  for (const std::string& each : known) list += (list.empty() ? "; there are: " : ", ") + each;
  return list;
}

}  // namespace

std::string unknown_word(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return {};
  const CLI::App* command = nullptr;
  std::vector<std::string> known;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == arguments[0]) command = each;
    known.push_back(each->get_name());
  }
  if (command == nullptr) {
    return arguments[0] + ": there is no such command" + did_you_mean(arguments[0], known);
  }
  known.clear();
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || name.size() == 2) continue;
    if (std::ranges::find(known, name) != known.end()) continue;
    return name + ": " + command->get_name() + " has no such option" + did_you_mean(name, known);
  }
  return {};
}

std::vector<std::string> split_command(const CLI::App& app, std::vector<std::string>& arguments) {
  std::vector<std::string> program;
  if (arguments.empty()) return program;
  const CLI::App* command = nullptr;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (each->get_name() == arguments[0]) command = each;
  }
  if (command == nullptr || command->get_option_no_throw("PROGRAM") == nullptr) return program;
  std::size_t i = 1;
  // What is no option is a tool there.
  bool has_tools = command->get_option_no_throw("TOOL") != nullptr;
  while (has_tools && i < arguments.size() && arguments[i] != "--") ++i;
  for (; i < arguments.size() && arguments[i].starts_with('-') && arguments[i] != "--"; ++i) {
    if (arguments[i].find('=') != std::string::npos) continue;
    const CLI::Option* option = command->get_option_no_throw(arguments[i]);
    bool takes_value = option != nullptr && option->get_items_expected_max() > 0;
    if (takes_value) ++i;
  }
  if (i > arguments.size()) return program;
  std::size_t first = i < arguments.size() && arguments[i] == "--" ? i + 1 : i;
  program.assign(arguments.begin() + static_cast<std::ptrdiff_t>(first), arguments.end());
  arguments.resize(i);
  return program;
}

namespace {

void turn_debugging_on(const survey::Options& options) {
  if (!options.debug.empty()) ::setenv("BULKHEAD_DEBUG", options.debug.c_str(), 1);
  if (const char* topics = ::getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
}

}  // namespace

void finish_preload(survey::Options& options) {
  take_apart(options.share);
  take_apart(options.keep_private);
  check_maps(options);
  finish_library_path(options);
  make_absolute(options.permit);
  require_strict(options);
  options.tree = trusted::require_tree(options.tree);
  turn_debugging_on(options);
}

void finish(survey::Options& options, For what) {
  take_apart(options.capsules);
  take_apart(options.expose);
  take_apart(options.share);
  take_apart(options.keep_private);
  take_apart(options.profiles);
  take_apart(options.prefer);
  for (const std::string& each : options.prefer) {
    const std::string fault = settings::fault_in_preference(each);
    if (!fault.empty()) throw messages::Failure("--prefer " + each + ": " + fault);
  }
  check_profiles(options);
  check_maps(options);
  finish_library_path(options);
  make_absolute(options.permit);
  check_policy(options);
  check_plugins(options);
  find_tree(options);
  if (options.config.empty()) check_single(options, what);
  turn_debugging_on(options);
}

std::vector<survey::Options> capsules_of(const survey::Options& options,
                                         const programs::Program* program) {
  std::vector<survey::Options> capsules = settings::capsules_for(options, program);
  for (const survey::Options& capsule : capsules) {
    if (!capsule.tree_note.empty()) message({"note: ", capsule.tree_note});
  }
  return capsules;
}

}  // namespace bulkhead::cli
