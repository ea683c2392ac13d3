#include "preload/plugins.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/list.h"
#include "base/text.h"
#include "cache/shim_directory.h"
#include "handoff/handoff.h"
#include "messages/failure.h"
#include "programs/base_glibc.h"
#include "resolve/search.h"
#include "resolve/tree.h"
#include "survey/installation.h"

namespace bulkhead::preload {
namespace {

constexpr const char* kSubdirectory = "plugins";
constexpr const char* kLibrary = "libbulkhead-plugins.so.0";
constexpr unsigned kOneLibc = 34;  // of "2.34"

std::span<const std::string_view> views(Arena& arena, const std::vector<std::string>& texts) {
  List<std::string_view> list(arena);
  for (const std::string& text : texts) list.push_back(arena.copy(text));
  return list.view();
}

std::string_view request_for(Arena& arena, const survey::Options& capsule) {
  resolve::Tree tree =
      messages::take_or_fail(arena, resolve::Tree::open(arena, arena.copy(capsule.tree)));
  handoff::Request request;
  request.tree = tree.path();
  request.name = arena.copy(capsule.name);
  request.of_interface = true;
  request.share = views(arena, capsule.share);
  request.keep_private = views(arena, capsule.keep_private);
  request.map = views(arena, capsule.map);
  request.library_path = views(arena, capsule.library_path);
  request.plugins = views(arena, capsule.plugins);
  request.strict = capsule.strict == true;
  request.permit = views(arena, capsule.permit);
  request.native_on_failure = capsule.on_failure == "native";
  return handoff::encode(arena, request);
}

void link(const std::string& file, const std::string& path) {
  if (::symlink(file.c_str(), path.c_str()) == 0) return;
  throw messages::Failure(path + ": cannot be made; see whether the disk is full");
}

// Before glibc 2.34 the runtime calls dlopen and threads in libraries of their own.
std::vector<std::string> link_parts_of_glibc(const std::string& directory) {
  Arena arena;
  resolve::Tree system = messages::take_or_fail(arena, resolve::Tree::open(arena, "/"));
  if (programs::glibc_of(system).minor >= kOneLibc) return {};
  resolve::Searcher searcher =
      messages::take_or_fail(arena, resolve::Searcher::open(arena, system));
  std::vector<std::string> files;
  for (const char* name : {"libdl.so.2", "libpthread.so.0"}) {
    Result<resolve::Found> found = searcher.find(name, {});
    if (!found) continue;
    link(std::string(found->file.host_path), directory + "/" + name);
    files.push_back(std::string(kSubdirectory) + "/" + name);
  }
  return files;
}

}  // namespace

std::vector<std::string> write_plugins(const std::vector<survey::Options>& capsules,
                                       const std::string& directory) {
  Arena arena;
  std::vector<std::string_view> requests;
  for (const survey::Options& capsule : capsules) {
    if (!capsule.plugins.empty()) requests.push_back(request_for(arena, capsule));
  }
  if (requests.empty()) return {};
  const std::string place = directory + "/" + kSubdirectory;
  std::filesystem::create_directory(place);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    cache::write_file(place + "/" + std::to_string(i), requests[i]);
  }
  const std::vector<survey::OwnLibrary> own =
      survey::own_libraries(capsules.front().library_directory);
  for (const survey::OwnLibrary& library : own) {
    const std::string path = directory + "/" + library.name;
    if (!std::filesystem::exists(path)) link(library.path, path);
  }
  const std::string library =
      survey::own_library(std::string(directory_of(own.front().path)), kLibrary);
  link(library, place + "/" + kLibrary);
  std::vector<std::string> files = link_parts_of_glibc(place);
  files.push_back(std::string(kSubdirectory) + "/" + kLibrary);
  return files;
}

}  // namespace bulkhead::preload
