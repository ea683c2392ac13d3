// bulkhead profiles: which there are, from which file, and what they stand for.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

#include "base/diagnostics.h"
#include "cli/command_line.h"
#include "settings/profile_text.h"
#include "settings/profiles.h"

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

void list_all() {
  std::vector<std::string> faults;
  std::fputs(settings::listing_of(settings::all_profiles(faults)).c_str(), stdout);
  for (const std::string& fault : faults) message({"warning: ", fault});
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
    for (const std::string& name : *names) {
      std::fputs(settings::text_of(settings::profile_named(name)).c_str(), stdout);
    }
  });
}

}  // namespace bulkhead::cli
