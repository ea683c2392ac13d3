// What the subcommands that make a plan are told, and how they are told it.
#pragma once

#include <string>
#include <vector>

#include "programs/program.h"
#include "survey/options.h"

namespace CLI {
class App;
}

namespace bulkhead::cli {

// The group of options that help leaves out, so that it fits a screen; "help COMMAND" has them.
inline constexpr const char* kSeldomUsed = "More options";

// Adds --config, --capsule, --tree, --expose, --share, --private, --profile, --map,
// --library-path, --strict, --permit, --on-failure, --no-inherit, -v and --debug.
void add_plan_options(CLI::App& command, survey::Options& options);

// Of these --tree, --expose, --profile, -v and --debug: where a tree is read and nothing is run.
void add_source_options(CLI::App& command, survey::Options& options);

// --plugin, for those that start programs.
void add_plugin_option(CLI::App& command, survey::Options& options);

void add_library_path_option(CLI::App& command, survey::Options& options);

// --strict and --permit.
void add_strict_options(CLI::App& command, survey::Options& options);

// Declares PROGRAM, for those that split_command is for.
void add_program(CLI::App& command);

// Takes the program and its arguments off a command line: from `--`, or from the first
// argument that is neither an option nor an option's value.
std::vector<std::string> split_command(const CLI::App& app, std::vector<std::string>& arguments);

// Of a command line that cannot be parsed: the first word that is no command or no option, with
// what was probably meant; empty if that is not what is wrong with it.
std::string unknown_word(const CLI::App& app, const std::vector<std::string>& arguments);

// Lists that are separated by commas, a value for each name.
void take_apart(std::vector<std::string>& values, char separator = ',');

// Whether a command's plan is for a program, for which a tree and what it exposes can be chosen.
enum class For : bool { any, program };

// After parsing: takes comma-separated lists apart, checks what needs no file (with --config
// the rest is said there), and turns debug topics on (also for the program: BULKHEAD_DEBUG).
void finish(survey::Options& options, For what);

// The capsules that are asked for; says of a tree's name what else it could mean.
std::vector<survey::Options> capsules_of(const survey::Options& options,
                                         const programs::Program* program);

// The same for `preload`, which has fewer.
void finish_preload(survey::Options& options);

// Each subcommand: declares itself and what is to be done when it is chosen. The status
// that the process ends with goes to `status`, if it can be another than 0. `program` is
// what split_command will have found by then, `words` the whole line with a null behind it.
void add_run(CLI::App& app, const std::vector<std::string>& program, char** words, int& status);
void add_explain(CLI::App& app, const std::vector<std::string>& program, int& status);
void add_preload(CLI::App& app, const std::vector<std::string>& program, int& status);
void add_shim(CLI::App& app);
void add_capture(CLI::App& app);
void add_symbols(CLI::App& app);
void add_tree(CLI::App& app);
void add_doctor(CLI::App& app, int& status);
void add_profiles(CLI::App& app);

}  // namespace bulkhead::cli
