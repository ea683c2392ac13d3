#include "capture/capture.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "base/text.h"
#include "capture/contents.h"
#include "capture/copy.h"
#include "capture/manifest.h"
#include "capture/place.h"
#include "messages/failure.h"
#include "programs/base_glibc.h"
#include "resolve/captured.h"

namespace bulkhead::capture {
namespace {

using messages::Failure;

// What is read must not grow while it is read.
void refuse_place_in_tree(const std::string& output, std::string_view tree) {
  std::error_code error;
  const std::string place = std::filesystem::weakly_canonical(output, error).string();
  const std::string whole = std::filesystem::canonical(tree, error).string();
  if (error || whole == "/") return;
  if (place == whole || place.starts_with(whole + "/")) {
    throw Failure(output + ": lies in the tree " + std::string(tree) +
                  " itself; choose a place outside with -o");
  }
}

void refuse_unusable_name(const std::string& output) {
  const std::size_t at = output.find_first_of(":$");
  if (at == std::string::npos) return;
  throw Failure(output + ": has the character " + output.substr(at, 1) +
                ", to which the dynamic linker gives a meaning; choose another name with -o");
}

// Names, and the files that they mean in a tree.
std::map<std::string, std::string> found_in(const survey::Options& options,
                                            const std::string& tree) {
  Arena arena;
  survey::Options same = options;
  same.tree = tree;
  survey::TreeSide side(arena, same);
  survey::Findings findings;
  survey::look_at_tree(arena, same, side, findings);
  Layout layout(side.tree);
  std::map<std::string, std::string> found;
  for (const resolve::Library& library : side.closure->libraries()) {
    found.emplace(library.known_as(), layout.find(std::string(library.path)).path);
  }
  return found;
}

// The copy is looked at as any tree is, and has to give the same libraries.
void require_same(const survey::Options& options, const std::string& copy) {
  const auto original = found_in(options, options.tree);
  const auto captured = found_in(options, copy);
  for (const auto& [name, file] : original) {
    auto same = captured.find(name);
    if (same != captured.end() && same->second == file) continue;
    throw Failure(name + ": is " + file + " in the tree " + options.tree + ", and in the copy " +
                  (same == captured.end() ? "it is not found" : "it would be " + same->second) +
                  "; this tree's search order cannot be kept");
  }
}

std::string configuration_of(const Contents& contents) {
  std::string text;
  for (const std::string& each : contents.directories) text += each + "\n";
  return text;
}

std::string how_to_use(const Request& request, const std::string& output) {
  std::string text = "bulkhead run --tree " + messages::shown(output);
  for (const std::string& each : request.options.profiles) text += " --profile " + each;
  for (const std::string& each : request.options.library_path)
    text += " --library-path " + messages::shown(each);
  std::string exposed;
  for (const std::string& each : request.options.expose)
    exposed += (exposed.empty() ? " --expose " : ",") + messages::shown(each);
  return text + exposed + " -- PROGRAM";
}

void write_tree(const Request& request, const std::string& output, const Contents& contents,
                const survey::TreeSide& side) {
  Place place(output, request.force);
  copy_layout(side.tree, contents.layout, place.descriptor(), place.directory(), &Place::go_on);
  const int root = place.descriptor();
  if (!contents.directories.empty()) {
    (void)::mkdirat(root, "etc", 0755);  // it may be there
    write_new_file(root, kConfiguration, configuration_of(contents));
  }
  const programs::Glibc glibc = programs::glibc_of(side.tree);
  write_new_file(root, resolve::kCaptureManifest,
                 manifest_of(contents, request.options, request.include, side.tree.path(),
                             glibc.minor == 0 ? "" : glibc.release()));
  require_same(request.options, place.directory());
  place.publish();
}

}  // namespace

Outcome capture_tree(const Request& request) {
  const std::string output = absolute_output(request.output);
  refuse_unusable_name(output);
  Arena arena;
  survey::TreeSide side(arena, request.options);
  refuse_place_in_tree(output, side.tree.path());
  Contents contents = contents_of(arena, request.options, request.include, side);
  Outcome outcome;
  outcome.warnings = contents.warnings;
  if (request.dry_run) {
    outcome.text = listing_of(contents) + summary_of(contents) + "\n";
    return outcome;
  }
  if (!contents.left_out.empty()) {
    outcome.warnings.push_back((contents.left_out.size() == 1
                                    ? "1 file of directories that the capsule reads was"
                                    : std::to_string(contents.left_out.size()) +
                                          " files of directories that the capsule reads were") +
                               std::string(" left out; the manifest, and --dry-run, say which and "
                                           "why"));
  }
  write_tree(request, output, contents, side);
  if (request.options.verbose) outcome.text = listing_of(contents);
  outcome.text += messages::shown(output) + ": " + summary_of(contents) + "\n" +
                  how_to_use(request, output) + "\n";
  return outcome;
}

}  // namespace bulkhead::capture
