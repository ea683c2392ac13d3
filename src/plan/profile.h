// A set of libraries that programs know under one name, and what is known about it. Which profiles
// there are is written in files (settings/profiles); here is what a plan makes of them.
#pragma once

#include <span>
#include <string_view>

namespace bulkhead::plan {

struct Profile {
  std::string_view name;
  std::span<const std::string_view> expose;    // by --profile: those that the tree has
  std::span<const std::string_view> family;    // exposing one exposes all that the tree has
  std::span<const std::string_view> boundary;  // programs pass their objects to the exposed ones
  // Each side has its own: they open libraries for whoever calls them.
  std::span<const std::string_view> keep_private;
  // Libraries that the family opens by itself: what they import counts when the plan
  // decides. Names; or paths inside the tree in which `$LIB` stands for lib/<multiarch>,
  // lib64 and lib, and one `*` may stand in the last part.
  std::span<const std::string_view> plugins;
  // Files (as in plugins) that name such libraries: JSON, under the key "library_path"; others, a
  // library a line.
  std::span<const std::string_view> plugin_lists;
  // Directories and files (as above) that the capsule reads from the tree.
  std::span<const std::string_view> map;
  // NAME=VALUE, which the program is to have in its environment if it is started for the capsule.
  std::span<const std::string_view> environment;
  // Directories of JSON files of which the capsule sees this system's beside the tree's.
  std::span<const std::string_view> joined;
  std::span<const std::string_view> path_variables;  // names of those that name files
};

using Profiles = std::span<const Profile* const>;

// nullptr if there is none of that name.
const Profile* find_profile(Profiles profiles, std::string_view name);

// The first whose rules hold as soon as `library` is exposed; nullptr for most.
const Profile* profile_of(Profiles profiles, std::string_view library);

}  // namespace bulkhead::plan
