// bulkhead run: makes or finds a shim directory, puts it in front of LD_LIBRARY_PATH, and
// becomes the program.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <memory>

#include "base/diagnostics.h"
#include "cli/cache.h"
#include "cli/failure.h"
#include "cli/gather.h"
#include "cli/options.h"
#include "cli/preflight.h"
#include "cli/program.h"
#include "cli/shim_directory.h"

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
  bulkhead run --tree /host --profile gl -- glxgears
  bulkhead run --tree ~/trixie --expose libssl.so.3,libcrypto.so.3 -- curl https://debian.org
  bulkhead run --tree /opt/conda --expose libz.so.1 --private libstdc++.so.6 -- ./program

Which library is private, shared or exposed, and why: bulkhead explain, with the
same options. Children of the program inherit LD_LIBRARY_PATH and so get the same
libraries.

Exit status:
  that of PROGRAM; or
  125  bulkhead itself failed, and PROGRAM was not started
  126  PROGRAM was found and cannot be executed
  127  PROGRAM was not found

Environment:
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

// All that a plan depends on which is not a file: the files are in the stamp.
std::string key_of(const Options& options, const Program& program) {
  std::string key = own_identity() + "\n";
  auto put = [&](std::string_view name, std::string_view value) {
    key.append(name).append("=").append(value).append("\n");
  };
  auto put_all = [&](std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) put(name, value);
  };
  const char* library_path = ::getenv("LD_LIBRARY_PATH");
  const char* library_directory = ::getenv("BULKHEAD_LIBDIR");
  put("tree", options.tree);
  put_all("expose", options.expose);
  put_all("profile", options.profiles);
  put_all("share", options.share);
  put_all("private", options.keep_private);
  put_all("map", options.map);
  put("program", program.binary);
  put_all("through", program.chain);
  put("library-path", library_path == nullptr ? "" : library_path);
  put("own-libraries", library_directory == nullptr ? "" : library_directory);
  // Relative paths mean something else elsewhere.
  put("directory", current_directory());
  return key;
}

void warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) message({"warning: ", warning});
}

std::string find_or_make_shims(const Options& options, const Program& program) {
  Cache cache(options.cache_directory);
  if (options.verbose && !cache.detour().empty()) {
    message({"note: shims are kept in ", cache.directory(), " this time (", cache.detour(), ")"});
  }
  std::vector<std::string> warnings;
  std::string key = key_of(options, program);
  std::string directory;
  if (!options.no_cache) directory = cache.find(key, warnings);
  if (!directory.empty()) {
    warn(warnings);
    if (options.verbose) message({"note: shims from the cache: ", directory});
    return directory;
  }

  check_program(program);
  Survey survey(options, &program);
  survey.require_complete();
  if (options.verbose) {
    for (std::string_view note : survey.plan().notes) message({"note: ", note});
  }
  auto fill = [&](const std::string& path) {
    write_shims(survey, path, OwnLibraries::linked);
    return survey.stamp().write(key, path, survey.warnings());
  };
  directory = options.no_cache ? cache.make_once(fill) : cache.make(key, fill);
  warn(survey.warnings());
  if (options.verbose) message({"note: shims made: ", directory});
  return directory;
}

[[noreturn]] void become(const Program& program, const std::string& shims) {
  const char* before = ::getenv("LD_LIBRARY_PATH");
  std::string path = shims;
  if (before != nullptr && *before != '\0') path += std::string(":") + before;
  ::setenv("LD_LIBRARY_PATH", path.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& argument : program.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.path.c_str(), arguments.data());
  throw Failure(program.path + ": cannot be executed: " + ::strerror(errno),
                errno == ENOENT ? kNotFound : kNotExecutable);
}

}  // namespace

void add_run(CLI::App& app, const std::vector<std::string>& program_line) {
  CLI::App* command = app.add_subcommand("run", kAbout);
  auto options = std::make_shared<Options>();
  add_plan_options(*command, *options);
  command->add_option("--cache-dir", options->cache_directory, "Keep shims in DIR")
      ->type_name("DIR");
  command->add_flag("--no-cache", options->no_cache, "Make the shims anew, for this start only");
  add_program(*command);
  command->footer(kMore);
  command->callback([options, &program_line] {
    finish(*options);
    if (program_line.empty()) throw Failure("no program to run; name one after the options");
    Program program = find_program(program_line);
    require_surroundings();
    become(program, find_or_make_shims(*options, program));
  });
}

}  // namespace bulkhead::cli
