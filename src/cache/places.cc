#include "cache/places.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/mounts.h"
#include "messages/failure.h"

namespace bulkhead::cache {
namespace {

// Of directories, before the umask.
constexpr mode_t kPrivate = 0700;
constexpr mode_t kReadable = 0755;

constexpr const char* kLastResort = "/tmp";

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

// The program, or a child of it, may be somewhere else when it loads its shims.
std::string absolute(const std::string& chosen) {
  if (chosen.empty()) return chosen;
  std::error_code unknown;
  std::string path = std::filesystem::absolute(chosen, unknown).string();
  if (unknown) {
    throw messages::Failure(chosen + ": the current directory has no name: " + unknown.message() +
                            "; give --cache-dir an absolute path");
  }
  return path;
}

std::string name_for_user() { return "bulkhead-" + std::to_string(::geteuid()); }

// Empty if files in it can be written and mapped as code; else why not.
std::string why_unusable(const std::string& path) {
  if (::access(path.c_str(), W_OK | X_OK) != 0) return path + ": " + ::strerror(errno);
  return is_on_noexec_mount(path.c_str()) ? path + ": lies on a file system mounted noexec" : "";
}

// Directories of the last resort that the user has already, in the order of their names.
std::vector<std::string> last_resorts() {
  std::vector<std::string> found;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(kLastResort), ::closedir);
  const std::string prefix = name_for_user() + "-";
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (!name.starts_with(prefix)) continue;
    std::string path = std::string(kLastResort) + "/" + entry->d_name;
    struct stat status;
    if (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
        status.st_uid == ::geteuid()) {
      found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

[[noreturn]] void refuse(const trusted::TrustedDirectory& directory) {
  throw messages::Failure(
      directory.why +
      (directory.is_above ? "; choose another cache directory with --cache-dir"
       : directory.trouble == trusted::Trouble::occupied
           ? "; remove it, or choose another cache directory with --cache-dir"
           : "; chmod go-w or remove it, or choose another cache directory with --cache-dir"));
}

}  // namespace

// The XDG specification: a relative path is to be ignored.
std::string usual_root() {
  if (std::string xdg = variable("XDG_CACHE_HOME"); xdg.starts_with('/')) return xdg + "/bulkhead";
  std::string home = variable("HOME");
  return home.starts_with('/') ? home + "/.cache/bulkhead" : std::string{};
}

Places::Places(const std::string& chosen, const std::string& not_in_paths)
    : chosen_(absolute(chosen)), not_in_paths_(not_in_paths) {
  std::string first = chosen_.empty() ? usual_root() : chosen_;
  if (first.empty()) add_detour("HOME is not set");
  roots_.push_back(first);
  std::string runtime = variable("XDG_RUNTIME_DIR");
  roots_.push_back(runtime.starts_with('/') ? runtime + "/bulkhead" : std::string{});
  roots_.push_back("/tmp/" + name_for_user());
  roots_.push_back("/var/tmp/" + name_for_user());
}

void Places::add_detour(const std::string& why) { detour_ += (detour_.empty() ? "" : "; ") + why; }

// Empty, with the directory for entries, if that place can serve.
std::string Places::why_not(const std::string& root, std::string& directory) const {
  // The user's own is nobody else's business. A place that was chosen may be meant for programs
  // that change to another user and start others.
  mode_t mode = root == chosen_ ? kReadable : kPrivate;
  // ld.so splits LD_LIBRARY_PATH at the first two, and replaces what follows the third.
  auto unfit = [&](const std::string& path) -> std::string {
    if (path.find_first_of(not_in_paths_) != std::string::npos) {
      return path + ": holds one of '" + not_in_paths_ +
             "', which separates the files in LD_PRELOAD";
    }
    if (path.find_first_of(":;$") != std::string::npos) {
      return path + ": holds ':', ';' or '$', which mean something else in LD_LIBRARY_PATH";
    }
    return {};
  };
  if (std::string why = unfit(root); !why.empty()) return why;
  trusted::TrustedDirectory found = trusted::find_trusted_directory(root + kLayout, mode);
  if (found.trouble != trusted::Trouble::none) {
    const bool is_mistake = found.trouble != trusted::Trouble::unusable && root == roots_[0];
    if (is_mistake && (!found.is_above || root == chosen_)) refuse(found);
    return found.why;
  }
  directory = found.path;
  std::string why = unfit(directory);
  return why.empty() ? why_unusable(directory) : why;
}

std::optional<std::string> Places::next() {
  for (; tried_ < roots_.size(); ++tried_) {
    if (roots_[tried_].empty()) continue;
    std::string directory;
    std::string why = why_not(roots_[tried_], directory);
    if (why.empty()) {
      ++tried_;
      return directory;
    }
    add_detour(why);
  }
  return std::nullopt;
}

// What the user made before, or a new one.
void Places::add_last_resorts() {
  has_last_resorts_ = true;
  std::vector<std::string> found = last_resorts();
  std::string fresh = std::string(kLastResort) + "/" + name_for_user() + "-XXXXXX";
  if (found.empty() && ::mkdtemp(fresh.data()) != nullptr) found.push_back(fresh);
  roots_.insert(roots_.end(), found.begin(), found.end());
}

const std::string* Places::at(std::size_t at) {
  while (directories_.size() <= at) {
    std::optional<std::string> found = next();
    if (found) {
      directories_.push_back(*found);
    } else if (has_last_resorts_) {
      return nullptr;
    } else {
      add_last_resorts();
    }
  }
  return &directories_[at];
}

}  // namespace bulkhead::cache
