#include "settings/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "base/arena.h"
#include "base/list.h"
#include "messages/failure.h"
#include "settings/toml_reader.h"

namespace bulkhead::settings {
namespace {

using messages::Failure;

constexpr std::string_view kSuffix = ".toml";

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_path(const std::string& name) { return name.find('/') != std::string::npos; }

// What cannot be read, and is there, is a fault.
std::vector<std::string> names_in(const std::string& directory, std::vector<std::string>& faults) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (stream == nullptr) {
    if (errno != ENOENT && errno != ENOTDIR) {
      faults.push_back(directory + ": " + ::strerror(errno) +
                       ", so the profiles in it are left out; make it readable");
    }
    return names;
  }
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    names.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  return names;
}

// share/bulkhead beside the command, else beside the libraries that it uses; or, if that is not
// empty, beside `library_directory`. The first of these places if none of them is there.
std::string own_data(const std::string& library_directory) {
  std::error_code unknown;
  std::vector<std::filesystem::path> starts;
  std::string libraries = library_directory;
  if (library_directory.empty()) {
    starts.push_back(std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path());
    libraries = environment("BULKHEAD_LIBDIR");
  }
  // lib, lib/<multiarch>, lib/<multiarch>/bulkhead.
  for (int level = 0; level < 3 && !libraries.empty(); ++level, libraries += "/..") {
    starts.emplace_back(libraries);
  }
  std::string first;
  for (const std::filesystem::path& start : starts) {
    const std::filesystem::path place = start / "../share/bulkhead";
    const std::filesystem::path found = std::filesystem::canonical(place, unknown);
    if (!unknown) return found.string();
    if (first.empty()) first = place.lexically_normal().string();
  }
  return first;
}

// bulkhead's own files are missing: one sentence for all that follows from it.
std::string missing_installation(const std::string& library_directory) {
  const std::string own = profile_directories(library_directory).back();
  if (::access(own.c_str(), R_OK | X_OK) == 0) return {};
  return own +
         ": is missing, so bulkhead's own profiles are not known, nor which libraries belong "
         "together; install bulkhead completely";
}

// Owns what a plan's profiles point to.
class Set : public survey::KnownProfiles {
 public:
  void add(const ProfileFile& file) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : file.environment) variables.push_back(name + "=" + value);
    profiles_.push_back({.name = arena_.copy(file.name),
                         .expose = copy(file.expose),
                         .family = copy(file.family),
                         .boundary = copy(file.boundary),
                         .keep_private = copy(file.keep_private),
                         .plugins = copy(file.plugins),
                         .plugin_lists = copy(file.plugin_lists),
                         .map = copy(file.map),
                         .environment = copy(variables),
                         .joined = copy(file.joined),
                         .path_variables = copy(file.path_variables)});
    all.push_back(&profiles_.back());
  }

 private:
  std::span<const std::string_view> copy(const std::vector<std::string>& names) {
    List<std::string_view> list(arena_);
    for (const std::string& name : names) list.push_back(arena_.copy(name));
    return list.view();
  }

  Arena arena_;
  std::deque<plan::Profile> profiles_;
};

}  // namespace

std::vector<std::string> profile_directories(const std::string& library_directory) {
  std::vector<std::string> directories;
  std::string config = environment("XDG_CONFIG_HOME");
  if (!config.starts_with('/')) {
    const std::string home = environment("HOME");
    config = home.starts_with('/') ? home + "/.config" : "";
  }
  if (!config.empty()) directories.push_back(config + "/bulkhead/profiles");
  directories.emplace_back("/etc/bulkhead/profiles");
  directories.push_back(own_data(library_directory) + "/profiles");
  return directories;
}

std::vector<NamedFile> profile_files(std::vector<std::string>& faults,
                                     const std::string& library_directory) {
  std::vector<NamedFile> files;
  for (const std::string& directory : profile_directories(library_directory)) {
    for (const std::string& name : names_in(directory, faults)) {
      if (std::ranges::find(files, name, &NamedFile::name) != files.end()) continue;
      files.push_back({name, directory + "/" + name + std::string(kSuffix)});
    }
  }
  std::ranges::sort(files, {}, &NamedFile::name);
  return files;
}

std::string no_such_profile(const std::string& name, const std::string& library_directory) {
  if (is_path(name)) {
    if (::access(name.c_str(), F_OK) == 0) return {};
    return "there is no file " + name;
  }
  TomlReader::Words known;
  std::vector<std::string> faults;
  for (const NamedFile& file : profile_files(faults, library_directory)) {
    known.push_back(file.name);
  }
  if (std::ranges::find(known, name) != known.end()) return {};
  if (std::string missing = missing_installation(library_directory); !missing.empty()) {
    return "there is no profile \"" + name + "\": " + missing;
  }
  if (!faults.empty()) return "there is no profile \"" + name + "\": " + faults.front();
  return "there is no profile \"" + name + "\"; " + TomlReader::advice(name, known);
}

ProfileFile profile_named(const std::string& name, const std::string& library_directory) {
  if (std::string wrong = no_such_profile(name, library_directory); !wrong.empty()) {
    throw Failure(wrong, messages::kFailed, Fault::missing, name);
  }
  if (is_path(name)) return read_profile(name, name);
  std::vector<std::string> faults;
  std::vector<NamedFile> files = profile_files(faults, library_directory);
  return read_profile(name, std::ranges::find(files, name, &NamedFile::name)->path);
}

std::vector<ProfileFile> all_profiles(std::vector<std::string>& faults,
                                      const std::string& library_directory) {
  std::vector<ProfileFile> profiles;
  if (std::string missing = missing_installation(library_directory); !missing.empty()) {
    faults.push_back(missing);
  }
  for (const NamedFile& file : profile_files(faults, library_directory)) {
    try {
      profiles.push_back(read_profile(file.name, file.path));
    } catch (const Failure& failure) {
      faults.push_back(std::string(failure.what()) + " (the profile " + file.name +
                       " is left out)");
    }
  }
  return profiles;
}

survey::Options with_profiles(survey::Options options) {
  auto set = std::make_shared<Set>();
  const std::string& library_directory = options.library_directory;
  for (const std::string& directory : profile_directories(library_directory)) {
    set->stamp.add(directory);
  }
  std::vector<std::string> unread;  // all_profiles tells of them
  for (const NamedFile& file : profile_files(unread, library_directory)) {
    set->stamp.add(file.path);
  }
  // A file that is asked for by its path comes first, as the user's own does.
  for (const std::string& name : options.profiles) {
    if (plan::find_profile(set->all, name) != nullptr) continue;
    const ProfileFile profile = profile_named(name, library_directory);
    if (is_path(name)) set->stamp.add(profile.path);
    set->add(profile);
  }
  std::vector<std::string> faults;
  for (const ProfileFile& profile : all_profiles(faults, library_directory)) {
    if (plan::find_profile(set->all, profile.name) == nullptr) set->add(profile);
  }
  for (const std::string& fault : faults) {
    set->warnings.push_back({messages::Warning::Kind::no_profile, fault, fault});
  }
  options.known_profiles = std::move(set);
  return options;
}

}  // namespace bulkhead::settings
