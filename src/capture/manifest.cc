#include "capture/manifest.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "messages/shown.h"

namespace bulkhead::capture {
namespace {

// Who reads it: settings/captured_for, what was asked for, whatever the format is.
constexpr int kFormat = 1;

using Json = nlohmann::ordered_json;

std::uint64_t size_of(const Contents& contents, const std::string& path) {
  auto found = contents.layout.entries().find(path);
  return found == contents.layout.entries().end()
             ? 0
             : static_cast<std::uint64_t>(found->second.status.st_size);
}

std::string line_of(const Contents& contents, const std::string& path, const std::string& why) {
  char size[32];
  std::snprintf(size, sizeof size, "%10llu  ",
                static_cast<unsigned long long>(size_of(contents, path)));
  return size + messages::shown(path) + "  " + messages::shown(why) + "\n";
}

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::string manifest_of(const Contents& contents, const survey::Options& options,
                        const std::vector<std::string>& include, std::string_view tree,
                        std::string_view glibc) {
  Json json;
  json["format"] = kFormat;
  json["made_by"] = "bulkhead " BULKHEAD_VERSION;
  json["tree"] = tree;
  json["glibc_of_tree"] = glibc;
  json["newest_glibc_needed"] = contents.newest_glibc;
  json["asked_for"] = {{"expose", options.expose},
                       {"profile", options.profiles},
                       {"library_path", options.library_path},
                       {"include", include}};
  json["size"] = contents.layout.size();
  json["libraries"] = Json::array();
  for (const Library& each : contents.libraries) {
    json["libraries"].push_back({{"file", each.path},
                                 {"soname", each.soname},
                                 {"size", size_of(contents, each.path)},
                                 {"build_id", each.build_id},
                                 {"why", each.why}});
  }
  json["files"] = Json::array();
  for (const Data& each : contents.data) {
    json["files"].push_back(
        {{"file", each.path}, {"size", size_of(contents, each.path)}, {"why", each.why}});
  }
  json["links"] = Json::array();
  for (const auto& [path, entry] : contents.layout.entries()) {
    if (entry.kind != Entry::Kind::link) continue;
    json["links"].push_back({{"file", path}, {"to", entry.to}});
  }
  json["left_out"] = Json::array();
  for (const LeftOut& each : contents.left_out) {
    json["left_out"].push_back({{"file", each.path}, {"why", each.why}});
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string listing_of(const Contents& contents) {
  std::string text;
  for (const Library& each : contents.libraries) text += line_of(contents, each.path, each.why);
  for (const Data& each : contents.data) text += line_of(contents, each.path, each.why);
  for (const LeftOut& each : contents.left_out)
    text += "left out: " + messages::shown(each.path) + ": " + messages::shown(each.why) + "\n";
  return text;
}

std::string summary_of(const Contents& contents) {
  char size[32];
  std::snprintf(size, sizeof size, "%.1f MB", static_cast<double>(contents.layout.size()) / 1e6);
  return counted(contents.libraries.size(), "library", "libraries") + ", " +
         counted(contents.data.size(), "other file", "other files") + ", " + size;
}

}  // namespace bulkhead::capture
