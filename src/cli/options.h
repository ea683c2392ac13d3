// What the subcommands that make a plan are told, and how they are told it.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

namespace bulkhead::cli {

struct Options {
  std::string tree;
  std::vector<std::string> expose, share, keep_private, map, profiles;
  std::string debug;
  bool verbose = false;

  std::string cache_directory;
  bool no_cache = false;

  // Program and arguments, for run and explain.
  std::vector<std::string> command;
};

// Adds --tree, --expose, --share, --private, --profile, --map, -v and --debug.
void add_plan_options(CLI::App& command, Options& options);

// After parsing: takes comma-separated lists apart, checks what needs no file, and turns
// debug topics on (also for the program: BULKHEAD_DEBUG).
void finish(Options& options);

// Each subcommand: declares itself and what is to be done when it is chosen. The status
// that the process ends with goes to `status`.
void add_run(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_shim(CLI::App& app, int& status);
void add_symbols(CLI::App& app, int& status);
void add_doctor(CLI::App& app, int& status);

}  // namespace bulkhead::cli
