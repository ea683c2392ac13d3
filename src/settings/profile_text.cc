#include "settings/profile_text.h"

#include <algorithm>

#include "messages/shown.h"

namespace bulkhead::settings {
namespace {

constexpr std::size_t kWidth = 14;

void add(std::string& text, const std::string& key, const std::vector<std::string>& values) {
  std::string start = key;
  start.resize(std::max(key.size() + 1, kWidth), ' ');
  for (const std::string& value : values) {
    text += messages::shown(start + value) + "\n";
    start.assign(start.size(), ' ');
  }
}

}  // namespace

std::string listing_of(const std::vector<ProfileFile>& profiles) {
  std::size_t widest = 0;
  for (const ProfileFile& profile : profiles) widest = std::max(widest, profile.name.size());
  std::string text;
  for (const ProfileFile& profile : profiles) {
    std::string name = profile.name;
    name.resize(widest + 2, ' ');
    text += messages::shown(name + profile.description) + "\n";
    text += messages::shown(std::string(widest + 2, ' ') + profile.path) + "\n";
  }
  return text;
}

std::string text_of(const ProfileFile& profile) {
  std::string text;
  add(text, "profile", {profile.name});
  add(text, "file", {profile.path});
  add(text, "description", {profile.description});
  add(text, "choose", {profile.choose ? "true" : "false"});
  add(text, "expose", profile.expose);
  add(text, "family", profile.family);
  add(text, "boundary", profile.boundary);
  add(text, "private", profile.keep_private);
  add(text, "plugins", profile.plugins);
  add(text, "plugin-lists", profile.plugin_lists);
  add(text, "map", profile.map);
  add(text, "joined", profile.joined);
  add(text, "path-variables", profile.path_variables);
  for (const auto& [name, value] : profile.environment)
    add(text, "environment", {name + "=" + value});
  for (const auto& [system, names] : profile.packages) add(text, "packages." + system, names);
  return text;
}

}  // namespace bulkhead::settings
