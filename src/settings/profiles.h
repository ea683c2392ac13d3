// Which profiles there are: files NAME.toml in the user's, the administrator's and bulkhead's own
// directory, of which the first that has one of a name counts; and files that are named by a path.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "settings/profile_file.h"
#include "survey/options.h"

namespace bulkhead::settings {

// Where they are looked for, in this order: bulkhead/profiles in XDG_CONFIG_HOME (or ~/.config);
// /etc/bulkhead/profiles; share/bulkhead/profiles of the installation. `library_directory`: as in
// Options, here and below.
std::vector<std::string> profile_directories(const std::string& library_directory = {});

struct NamedFile {
  std::string name, path;
};
// By name. Opens no file. Directories that cannot be read are told in `faults`.
std::vector<NamedFile> profile_files(std::vector<std::string>& faults,
                                     const std::string& library_directory = {});

// Why there is no profile of that name or at that path, with what was probably meant; empty if
// there is one. Opens no file.
std::string no_such_profile(const std::string& name, const std::string& library_directory = {});

// Of that name, or at that path. Fails if it cannot be read or is wrong.
ProfileFile profile_named(const std::string& name, const std::string& library_directory = {});

// All that can be read, by name. What is wrong with others goes to `faults`, a sentence each.
std::vector<ProfileFile> all_profiles(std::vector<std::string>& faults,
                                      const std::string& library_directory = {});

// The options with known_profiles. A profile that they name must be readable; of others that are
// not there will be a warning.
survey::Options with_profiles(survey::Options options);

}  // namespace bulkhead::settings
