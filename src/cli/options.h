// What the subcommands that make a plan are told, and how they are told it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bulkhead::cli {

struct Options {
  std::string tree;
  std::vector<std::string> expose, share, keep_private, map, profiles;
  std::string debug;
  bool verbose = false;

  std::string cache_directory;
  bool no_cache = false;

  std::string on_failure;       // "stop", "native"; empty: not said, which means stop
  std::optional<bool> inherit;  // whether programs that the program starts get it, too

  std::string config;                 // a file; see config.h
  std::vector<std::string> capsules;  // those of the file that count; empty: all
  // Whether a capsule without exposed libraries is one: not for `run`, where a program would not
  // notice it; for a program that opens libraries in it.
  bool may_expose_nothing = false;
  // The exposed library is a tool that interposes: see preload.cc.
  bool preload = false;
  // Of such a tool: whether its capsule has a libc of its own; a file with rules for system calls.
  bool isolated = false;
  std::string seccomp;
  // Where bulkhead's own libraries are; empty: to be looked for beside the command.
  std::string library_directory;
  // Of a capsule of the file: its name, and where the file says what ("FILE:LINE:COLUMN").
  std::string name;
  std::map<std::string, std::string> places;
};

// Adds --config, --capsule, --tree, --expose, --share, --private, --profile, --map,
// --on-failure, --no-inherit, -v and --debug.
void add_plan_options(CLI::App& command, Options& options);

// Declares PROGRAM, for those that split_command is for.
void add_program(CLI::App& command);

// Takes the program and its arguments off a command line: from `--`, or from the first
// argument that is neither an option nor an option's value.
std::vector<std::string> split_command(const CLI::App& app, std::vector<std::string>& arguments);

// After parsing: takes comma-separated lists apart, checks what needs no file (with --config
// the rest is said there), and turns debug topics on (also for the program: BULKHEAD_DEBUG).
void finish(Options& options);

// The same for `preload`, which has fewer.
void finish_preload(Options& options);

// Each subcommand: declares itself and what is to be done when it is chosen. The status
// that the process ends with goes to `status`, if it can be another than 0. `program` is
// what split_command will have found by then.
void add_run(CLI::App& app, const std::vector<std::string>& program);
void add_explain(CLI::App& app, const std::vector<std::string>& program, int& status);
void add_preload(CLI::App& app, const std::vector<std::string>& program);
void add_shim(CLI::App& app);
void add_symbols(CLI::App& app);
void add_doctor(CLI::App& app, int& status);

}  // namespace bulkhead::cli
