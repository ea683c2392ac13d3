// bulkhead capture: a relocatable tree.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

#include "base/diagnostics.h"
#include "capture/capture.h"
#include "cli/command_line.h"
#include "messages/failure.h"
#include "settings/choice.h"
#include "settings/profiles.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Copy what a capsule of some libraries needs into a tree of its own.

DIR gets the exposed libraries with all that they need, the plugins and the data files
that the profiles know, and what programs usually bring themselves, at the paths that
they have in the tree. It can be moved, renamed and shipped: --tree DIR works wherever
it lies, without the tree that it came from.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead capture --tree /run/host --profile gl -o gl
  bulkhead capture --tree ~/trixie --expose libssl.so.3,libcrypto.so.3 -o app/ssl
  bulkhead run --tree app/ssl --expose libssl.so.3,libcrypto.so.3 -- curl -V

DIR/bulkhead-capture.json says what is there, where it came from and why, and what
it is for: `bulkhead run --tree DIR` exposes that where nothing else is said. glibc is never in it: that is the program's. The newest version of it that
the libraries ask for is in the manifest.

Libraries that no profile knows to be opened by others (plugins), and files that they
read, are named with --include.

Exit status:
  0    written
  125  bulkhead failed; what was at DIR before is as it was)";

}  // namespace

void add_capture(CLI::App& app) {
  CLI::App* command = app.add_subcommand("capture", kAbout);
  auto request = std::make_shared<capture::Request>();
  survey::Options& options = request->options;
  add_source_options(*command, options);
  command
      ->add_option("--include", request->include,
                   "Also LIB with all that it needs, or a file or directory of the tree")
      ->type_name("LIB|PATH,...")
      ->expected(1)
      ->take_all();
  command->add_option("-o,--output", request->output, "Directory to make")
      ->type_name("DIR")
      ->required();
  command->add_flag("--force", request->force, "Replace the captured tree that is there");
  command->add_flag("--dry-run", request->dry_run, "Only print what would be in it, and why");
  command->footer(kMore);
  command->callback([request] {
    take_apart(request->include);
    // It has no --config, which others would be told of.
    if (request->options.tree.empty() && settings::tree_by_environment().empty()) {
      throw messages::Failure(
          "--tree is required; name a directory with the other system's files, or a tree that "
          "bulkhead tree add has made");
    }
    finish(request->options, For::any);
    request->options = settings::with_profiles(request->options);
    const capture::Outcome outcome = capture::capture_tree(*request);
    for (const std::string& warning : outcome.warnings) message({"warning: ", warning});
    std::fputs(outcome.text.c_str(), stdout);
  });
}

}  // namespace bulkhead::cli
