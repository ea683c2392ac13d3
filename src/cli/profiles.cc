// bulkhead profiles: which there are, from which file, and what they stand for.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "settings/profiles.h"
#include "survey/shown.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(List the profiles that --profile knows, or what one stands for.

A profile is a file: NAME.toml in bulkhead/profiles below XDG_CONFIG_HOME (or
~/.config), in /etc/bulkhead/profiles, or of bulkhead's own. The first of these
that has the name counts. docs/profile.md describes such files.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead profiles
  bulkhead profiles gl
  bulkhead run --tree /host --profile ./mine.toml -- program)";

void print(const std::string& text) { std::fputs(survey::shown(text).c_str(), stdout); }

void line(const std::string& text) {
  print(text);
  std::fputc('\n', stdout);
}

void list_all() {
  std::vector<std::string> faults;
  const std::vector<settings::ProfileFile> profiles = settings::all_profiles(faults);
  std::size_t widest = 0;
  for (const auto& profile : profiles) widest = std::max(widest, profile.name.size());
  for (const auto& profile : profiles) {
    std::string name = profile.name;
    name.resize(widest + 2, ' ');
    line(name + profile.description);
    line(std::string(widest + 2, ' ') + profile.path);
  }
  for (const std::string& fault : faults) message({"warning: ", fault});
}

void list(const char* key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  std::string text = key;
  text.resize(std::max<std::size_t>(text.size(), 14), ' ');
  const std::size_t indent = text.size();
  for (const std::string& value : values) {
    line(text + value);
    text.assign(indent, ' ');
  }
}

void show(const std::string& name) {
  const settings::ProfileFile profile = settings::profile_named(name);
  list("profile", {profile.name});
  list("file", {profile.path});
  list("description", {profile.description});
  list("choose", {profile.choose ? "true" : "false"});
  list("expose", profile.expose);
  list("family", profile.family);
  list("boundary", profile.boundary);
  list("plugins", profile.plugins);
  list("plugin-lists", profile.plugin_lists);
  list("map", profile.map);
  for (const auto& [variable, value] : profile.environment) {
    list("environment", {variable + "=" + value});
  }
  for (const auto& [system, names] : profile.packages)
    list(("packages." + system + " ").c_str(), names);
}

}  // namespace

void add_profiles(CLI::App& app) {
  CLI::App* command = app.add_subcommand("profiles", kAbout);
  auto names = std::make_shared<std::vector<std::string>>();
  command->add_option("NAME", *names, "Profiles, or files, to show; all are listed without one")
      ->type_name("");
  command->footer(kMore);
  command->callback([names] {
    if (names->empty()) return list_all();
    for (const std::string& name : *names) show(name);
  });
}

}  // namespace bulkhead::cli
