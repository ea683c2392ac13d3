// A file of a profile: share/bulkhead/profiles/NAME.toml and the like. docs/profile.md describes
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::settings {

struct ProfileFile {
  std::string name;  // as --profile has it
  std::string path;
  std::string description;
  // Whether it is chosen for a program that needs a library of `expose`, where nobody says what.
  bool choose = false;
  std::vector<std::string> expose, family, boundary, keep_private, plugins, plugin_lists, map,
      joined, path_variables;
  std::map<std::string, std::string> environment;
  // By system, or by system and release ("debian.bookworm"): see packages_for.
  std::map<std::string, std::vector<std::string>> packages;
};

// The packages that bring the profile's libraries; none if the file does not say it. `system` as
// "debian", `release` as "bookworm".
std::vector<std::string> packages_for(const ProfileFile& profile, const std::string& system,
                                      const std::string& release);

// Mistakes are Failures that start with FILE:LINE:COLUMN and name what was probably meant.
ProfileFile parse_profile(std::string_view text, const std::string& name, const std::string& path);
ProfileFile read_profile(const std::string& name, const std::string& path);

}  // namespace bulkhead::settings
