// bulkhead preload: makes or finds an interposer for each tool, puts them in front of LD_PRELOAD,
// and becomes the program.
#include <stdlib.h>
#include <CLI/CLI.hpp>

#include <memory>

#include "base/diagnostics.h"
#include "cache/cache.h"
#include "cli/command_line.h"
#include "cli/explain.h"
#include "cli/preflight.h"
#include "messages/failure.h"
#include "preload/tool_plan.h"
#include "preload/tool_rules.h"
#include "programs/program.h"
#include "survey/stamp.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Start a program with a tool that is made for LD_PRELOAD, kept apart from it.

TOOL is an unmodified library. What it exports takes the place of the program's own
functions, as with LD_PRELOAD, and it reaches those by dlsym(RTLD_NEXT, ...). But
the tool and all that it needs are loaded into a linker namespace of their own:
the program sees nothing of them, and gets none of their libraries.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead preload libeatmydata.so -- dpkg-deb --build package
  bulkhead preload /usr/lib/x86_64-linux-gnu/libjemalloc.so.2 -- python3 program.py
  FAKETIME=+1y bulkhead preload /usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 -- date
  bulkhead preload libtool1.so libtool2.so -- program
  bulkhead preload --tree ~/trixie libjemalloc.so.2 -- ./program

TOOL is a path, or a name that is searched for as the dynamic linker would. With
--tree it is another system's tool: a path is one inside the tree, with or without
DIR in front. Several tools are asked in the order of the command line; those that
LD_PRELOAD names come after them.

Programs that PROGRAM starts inherit LD_PRELOAD, and so the tools.

With --isolated a tool relies on nothing that is global in libc, and makes its system
calls in its own: rules for the region "tool" (--seccomp) hold for it alone. It must be
built for this system's glibc, and no allocator. --seccomp sets no_new_privs: programs
with set-user-ID gain nothing then. PROGRAM's children get the rules as well.

A library that the tool needs and replaces functions of (one that wraps OpenGL, and is
linked with libGL) is the program's own.

Exit status:
  that of PROGRAM; or
  125  bulkhead itself failed, and PROGRAM was not started
  126  PROGRAM was found and cannot be executed
  127  PROGRAM was not found

Environment:
  LD_PRELOAD        is kept, after the tools
  GLIBC_TUNABLES    glibc.rtld.optional_static_tls is raised for a tool that needs it
  BULKHEAD_DEBUG    debug topics, as --debug
  BULKHEAD_LIBDIR   where bulkhead's own libraries are, if not beside the command
  XDG_CACHE_HOME, HOME, XDG_RUNTIME_DIR   where interposers are kept

Files:
  ~/.cache/bulkhead/v1/   interposers by what they depend on; may be removed at any time)";

struct Request {
  std::vector<std::string> tools;
  survey::Options options;
  bool dry_run = false;
};

// The directory with interposers, as the cache has it.
std::string find_or_make(const Request& request, const programs::Program& program) {
  // ld.so splits LD_PRELOAD at blanks as well.
  cache::Cache cache(request.options.cache_directory, " ");
  std::vector<std::string> warnings;
  std::string key = preload::key_of(request.tools, request.options, program);
  std::string directory;
  programs::refuse_privileged(program);
  if (!request.options.no_cache) directory = cache.find(key, warnings);
  bool found = !directory.empty();
  if (!found) {
    programs::check_dynamic_program(program);
    survey::Stamp stamp;
    preload::PreloadPolicy policy;
    if (const std::string& file = request.options.seccomp; !file.empty()) {
      stamp.add(file);
      policy = preload::compile_for_preload(file, request.options.isolated);
      warnings.insert(warnings.end(), policy.warnings.begin(), policy.warnings.end());
    }
    std::vector<preload::ToolPlan> plans;
    for (const std::string& tool : request.tools) {
      plans.push_back(preload::plan_tool(tool, request.options, program));
    }
    for (const preload::ToolPlan& plan : plans) {
      stamp.add(plan.survey->stamp());
      stamp.add(plan.stamp);
      warnings.insert(warnings.end(), plan.warnings.begin(), plan.warnings.end());
      if (!request.options.verbose) continue;
      for (const std::string& note : plan.notes) message({"note: ", note});
    }
    auto fill = [&](const std::string& path) {
      preload::write_interposers(plans, request.options, policy.bytes, path);
      return stamp.write(key, path, warnings);
    };
    directory = request.options.no_cache ? cache.make_once(fill) : cache.make(key, fill);
  }
  for (const std::string& warning : warnings) message({"warning: ", warning});
  if (request.options.verbose) {
    message({"note: interposers ", found ? "from the cache: " : "made: ", directory});
  }
  return directory;
}

void start(Request& request, const std::vector<std::string>& program_line, int& status) {
  if (program_line.empty()) {
    throw messages::Failure("no program to run; name one after the tools and --");
  }
  if (request.dry_run) {
    return explain(
        {.options = request.options, .tools = request.tools, .policy = request.options.seccomp},
        program_line, status);
  }
  finish_preload(request.options);
  programs::Program program = programs::find_program(program_line);
  require_surroundings();
  std::string directory = find_or_make(request, program);
  if (!preload::preload_from(directory)) {
    throw messages::Failure(directory + ": lacks its list of tools; remove that directory");
  }
  programs::execute(program);
}

}  // namespace

void add_preload(CLI::App& app, const std::vector<std::string>& program_line, int& status) {
  CLI::App* command = app.add_subcommand("preload", kAbout);
  auto request = std::make_shared<Request>();
  survey::Options& options = request->options;
  options.tree = "/";
  command->add_option("TOOL", request->tools, "Libraries that are made for LD_PRELOAD")
      ->type_name("")
      ->required();
  command
      ->add_option("--tree", options.tree,
                   "The system whose tools they are: a directory, or a name (bulkhead tree); "
                   "default: /")
      ->type_name("TREE");
  auto list = [&](const char* name, std::vector<std::string>& values, const char* value,
                  const char* help) {
    command->add_option(name, values, help)->type_name(value)->expected(1)->take_all();
  };
  list("--share", options.share, "LIB,...", "Library that the tools get from the program");
  list("--private", options.keep_private, "LIB,...", "Library that is never shared");
  list("--map", options.map, "FROM[=TO]",
       "Path prefix that the tools read from TO (from the tree, if TO is left out)");
  add_library_path_option(*command, options);
  add_strict_options(*command, options);
  command->add_flag("--isolated", options.isolated,
                    "Give each tool a libc of its own, this system's; see docs/isolated.md");
  command
      ->add_option("--seccomp", options.seccomp,
                   "Rules for system calls by region, in force before PROGRAM begins; see "
                   "docs/seccomp.md")
      ->type_name("FILE");
  command->add_option("--cache-dir", options.cache_directory, "Keep interposers in DIR")
      ->type_name("DIR");
  command->add_flag("--no-cache", options.no_cache,
                    "Make the interposers anew, for this start only");
  command->add_flag("-n,--dry-run", request->dry_run,
                    "Print what would be done, as explain does; start nothing");
  command->add_flag("-v,--verbose", options.verbose, "Say what is done, and the plan's notes");
  command
      ->add_option(
          "--debug", options.debug,
          "Debug lines on stderr: resolve, plan, image, open, bind, dl, paths, compat, all")
      ->type_name("TOPICS");
  add_program(*command);
  command->footer(kMore);
  command->callback([command, request, &program_line, &status] {
    // A variable of the shell that is not set must not mean that there are no rules.
    if (command->count("--seccomp") != 0 && request->options.seccomp.empty()) {
      throw messages::Failure(
          "--seccomp: the file's name is empty; name a policy, or leave the option out");
    }
    start(*request, program_line, status);
  });
}

}  // namespace bulkhead::cli
