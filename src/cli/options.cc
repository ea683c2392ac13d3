#include "cli/options.h"

#include <stdlib.h>

#include "base/diagnostics.h"
#include "cli/failure.h"
#include "plan/policy.h"

namespace bulkhead::cli {
namespace {

void take_apart(std::vector<std::string>& values) {
  std::vector<std::string> pieces;
  for (const std::string& value : values) {
    std::size_t start = 0;
    while (start <= value.size()) {
      std::size_t end = std::min(value.find(',', start), value.size());
      if (end > start) pieces.push_back(value.substr(start, end - start));
      start = end + 1;
    }
  }
  values = std::move(pieces);
}

void check_profiles(const Options& options) {
  for (const std::string& name : options.profiles) {
    if (plan::find_profile(name) != nullptr) continue;
    std::string known;
    for (const plan::Profile& profile : plan::profiles()) {
      known += (known.empty() ? "" : ", ") + std::string(profile.name);
    }
    throw Failure("--profile " + name + ": there is no such profile; there are: " + known);
  }
}

void check_maps(const Options& options) {
  for (const std::string& map : options.map) {
    std::string from = map.substr(0, map.find('='));
    std::string to = from.size() < map.size() ? map.substr(from.size() + 1) : "/";
    if (!from.starts_with('/') || !to.starts_with('/')) {
      throw Failure("--map " + map + ": is not FROM or FROM=TO with absolute paths; write for "
                    "instance --map /usr/share/foo");
    }
  }
}

}  // namespace

void add_plan_options(CLI::App& command, Options& options) {
  auto list = [&](const char* name, std::vector<std::string>& values, const char* value,
                  const char* help) {
    // One value each time: what follows an option is the program, not another library.
    command.add_option(name, values, help)->type_name(value)->allow_extra_args(false);
  };
  command.add_option("--tree", options.tree, "Directory that holds the other system's files")
      ->type_name("DIR")
      ->required();
  list("--expose", options.expose, "LIB,...",
       "Library (SONAME, as libGL.so.1) that the program gets from the tree");
  list("--profile", options.profiles, "NAME",
       "Expose a family of libraries: gl (OpenGL, EGL, GLES, gbm, Vulkan) or vulkan");
  list("--share", options.share, "LIB,...", "Library that the tree's libraries get from this system");
  list("--private", options.keep_private, "LIB,...", "Library that is never shared nor exposed");
  list("--map", options.map, "FROM[=TO]",
       "Path prefix that the tree's libraries read from TO (from the tree, if TO is left out)");
  command.add_flag("-v,--verbose", options.verbose, "Say what is done, and the plan's notes");
  command.add_option("--debug", options.debug,
                     "Debug lines on stderr: resolve, plan, image, open, bind, dl, paths, compat, all")
      ->type_name("TOPICS");
}

void finish(Options& options) {
  take_apart(options.expose);
  take_apart(options.share);
  take_apart(options.keep_private);
  take_apart(options.profiles);
  check_profiles(options);
  check_maps(options);
  if (options.tree.empty()) throw Failure("--tree: the tree's path is empty; name a directory");
  if (options.expose.empty() && options.profiles.empty()) {
    throw Failure("nothing to expose; name a library with --expose, or a family with --profile");
  }
  if (!options.debug.empty()) ::setenv("BULKHEAD_DEBUG", options.debug.c_str(), 1);
  if (const char* topics = ::getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
}

}  // namespace bulkhead::cli
