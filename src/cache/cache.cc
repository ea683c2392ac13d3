#include "cache/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/fd.h"
#include "base/text.h"
#include "cache/shim_directory.h"
#include "elf/hash.h"
#include "survey/failure.h"
#include "survey/stamp.h"

namespace bulkhead::cache {
namespace {

// Changes when entries of older releases can no longer be used.
constexpr const char* kLayout = "/v1";
constexpr const char* kStamp = "/stamp";
constexpr const char* kUnfinished = "making-";
constexpr const char* kOnce = "once-";

constexpr time_t kDay = 24 * 60 * 60;
constexpr time_t kUnused = 30 * kDay;

// Of directories, before the umask.
constexpr mode_t kPrivate = 0700;
constexpr mode_t kReadable = 0755;

// How often one start tries again when others replace the same entry under its hands.
constexpr int kAttempts = 10;

// FNV-1a, 64 bits: only a file name. The stamp holds the whole key and is compared with it.
std::string name_of_key(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  char name[17];
  ::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return name;
}

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

// Somebody else's directory would let them choose what the user's programs load.
void refuse_foreign(const std::string& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return;
  if (S_ISLNK(status.st_mode)) {
    // The user's own link may lead anywhere that is the user's.
    if (status.st_uid == ::geteuid()) {
      if (::stat(path.c_str(), &status) != 0) return;
    }
  }
  if (!S_ISDIR(status.st_mode)) {
    throw survey::Failure(
        path +
        ": the cache directory is not a directory; remove it, or choose another with --cache-dir");
  }
  if (status.st_uid != ::geteuid()) {
    throw survey::Failure(
        path + ": the cache directory belongs to user " + std::to_string(status.st_uid) +
        ", who could choose what your programs load; remove it, or choose another with "
        "--cache-dir");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw survey::Failure(
        path +
        ": the cache directory may be written to by others, who could choose what your "
        "programs load; chmod go-w it, or choose another with --cache-dir");
  }
}

// Empty if files in it can be written and mapped as code; else why not.
std::string why_unusable(const std::string& path) {
  if (::access(path.c_str(), W_OK | X_OK) != 0) return path + ": " + ::strerror(errno);
  struct statvfs mount;
  if (::statvfs(path.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0) {
    return path + ": lies on a file system mounted noexec";
  }
  return {};
}

// Makes `root` and its parents, and the layout's directory in it, with that mode. Empty if all is
// well; else why it cannot serve.
std::string prepare(const std::string& root, const std::string& not_in_paths, mode_t mode) {
  if (root.find_first_of(not_in_paths) != std::string::npos) {
    return root + ": holds one of '" + not_in_paths + "', which separates the files in LD_PRELOAD";
  }
  // ld.so splits LD_LIBRARY_PATH at the first two, and replaces what follows the third.
  if (root.find_first_of(":;$") != std::string::npos) {
    return root + ": holds ':', ';' or '$', which mean something else in LD_LIBRARY_PATH";
  }
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(root).parent_path(), ignored);
  std::string directory = root + kLayout;
  for (const std::string& each : {root, directory}) {
    if (::mkdir(each.c_str(), mode) != 0 && errno != EEXIST) return each + ": " + ::strerror(errno);
    refuse_foreign(each);
  }
  return why_unusable(directory);
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::string make_temporary(const std::string& directory, const std::string& prefix) {
  std::string pattern = directory + "/" + prefix + "XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw survey::Failure(directory + ": cannot hold a new directory: " + ::strerror(errno));
  }
  return pattern;
}

// Written into only by `fill`; removed again if that fails.
std::string fill_temporary(const std::string& directory, const std::string& prefix,
                           const std::function<std::string(const std::string&)>& fill) {
  std::string path = make_temporary(directory, prefix);
  try {
    write_file(path + kStamp, fill(path));
  } catch (...) {
    remove_tree(path);
    throw;
  }
  return path;
}

bool process_exists(std::string_view number) {
  std::uint64_t pid = 0;
  return parse_number(number, pid) && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

// Entries that were not used for a month; beginnings and single-use directories of processes
// that ended a day ago or more. (What they started may still run; it has loaded its shims.)
void sweep(const std::string& directory) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (stream == nullptr) return;
  time_t now = ::time(nullptr);
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string path = directory + "/" + std::string(name);
    struct stat status;
    bool single = name.starts_with(kUnfinished) || name.starts_with(kOnce);
    if (::lstat((single ? path : path + kStamp).c_str(), &status) != 0) continue;
    time_t age = now - status.st_mtime;
    if (single) {
      std::string_view rest = drop(name, name.find('-') + 1);
      if (age < kDay || process_exists(split_off(rest, '-'))) continue;
    } else if (age < kUnused) {
      continue;
    }
    remove_tree(path);
  }
}

std::string own_pid() { return std::to_string(::getpid()) + "-"; }

}  // namespace

Cache::Cache(const std::string& chosen, const std::string& not_in_paths) {
  // The program, or a child of it, may be somewhere else when it loads its shims.
  std::error_code unknown;
  std::string root = chosen.empty() ? chosen : std::filesystem::absolute(chosen, unknown).string();
  if (unknown) {
    throw survey::Failure(chosen + ": the current directory has no name: " + unknown.message() +
                          "; give --cache-dir an absolute path");
  }
  if (root.empty()) {
    std::string home = variable("HOME");
    std::string xdg = variable("XDG_CACHE_HOME");
    // The XDG specification: a relative path is to be ignored.
    if (xdg.starts_with('/')) {
      root = xdg + "/bulkhead";
    } else if (home.starts_with('/')) {
      root = home + "/.cache/bulkhead";
    }
  }
  // The user's own is nobody else's business. A place that was chosen may be meant for programs
  // that change to another user and start others.
  detour_ = root.empty() ? "HOME is not set"
                         : prepare(root, not_in_paths, chosen.empty() ? kPrivate : kReadable);
  if (detour_.empty()) {
    directory_ = root + kLayout;
    return;
  }
  std::string tried = detour_;
  std::vector<std::string> places;
  if (std::string runtime = variable("XDG_RUNTIME_DIR"); runtime.starts_with('/')) {
    places.push_back(runtime + "/bulkhead");
  }
  places.push_back("/tmp/bulkhead-" + std::to_string(::geteuid()));
  for (const std::string& place : places) {
    std::string why = prepare(place, not_in_paths, kPrivate);
    if (why.empty()) {
      directory_ = place + kLayout;
      return;
    }
    tried += "; " + why;
  }
  throw survey::Failure("there is no place to put shims: " + tried +
                        "; choose one that you may write to with --cache-dir");
}

std::string Cache::find(std::string_view key, std::vector<std::string>& warnings) const {
  std::string entry = directory_ + "/" + name_of_key(key);
  std::string path = entry + kStamp;
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return {};
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping || !survey::Stamp::holds(mapping->text(), key, entry, warnings)) return {};
  // Its age says when it was last used; to the day is enough.
  struct stat status;
  if (status_of(fd.get(), status) == 0 && ::time(nullptr) - status.st_mtime > kDay) {
    ::futimens(fd.get(), nullptr);
  }
  return entry;
}

std::string Cache::make(std::string_view key,
                        const std::function<std::string(const std::string&)>& fill) const {
  std::string entry = directory_ + "/" + name_of_key(key);
  std::string fresh = fill_temporary(directory_, kUnfinished + own_pid(), fill);
  ::chmod(fresh.c_str(), kReadable);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::rename(fresh.c_str(), entry.c_str()) == 0) {
      sweep(directory_);
      return entry;
    }
    // There is one: of another start, or out of date. Programs that run with it go on: what
    // takes its place has the same names.
    if (::syscall(SYS_renameat2, AT_FDCWD, fresh.c_str(), AT_FDCWD, entry.c_str(),
                  RENAME_EXCHANGE) == 0) {
      remove_tree(fresh);
      sweep(directory_);
      return entry;
    }
    if (errno != ENOENT) {
      // A file system that cannot exchange: away with the old one first.
      std::string old = make_temporary(directory_, kUnfinished + own_pid());
      if (::rename(entry.c_str(), old.c_str()) != 0 && errno != ENOENT) break;
      remove_tree(old);
    }
  }
  std::string why = ::strerror(errno);
  remove_tree(fresh);
  throw survey::Failure(entry + ": the entry cannot be put in place: " + why +
                        "; remove it, or use --no-cache");
}

std::string Cache::make_once(const std::function<std::string(const std::string&)>& fill) const {
  sweep(directory_);
  return fill_temporary(directory_, kOnce + own_pid(), fill);
}

}  // namespace bulkhead::cache
