#include "cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/fd.h"
#include "base/fnv1a.h"
#include "cache/shim_directory.h"
#include "cache/sweep.h"
#include "messages/failure.h"
#include "survey/stamp.h"
#include "trusted/directory.h"

namespace bulkhead::cache {
namespace {

// Of directories that are finished, before the umask.
constexpr mode_t kReadable = 0755;

// How often one start tries again when others replace the same entry under its hands.
constexpr int kAttempts = 10;

// Only a file name. The stamp holds the whole key and is compared with it.
std::string name_of_key(std::string_view key) {
  Fnv1a hash;
  hash.add(key);
  char name[17];
  ::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash.sum()));
  return name;
}

std::string make_temporary(const std::string& directory, const std::string& prefix) {
  std::string pattern = directory + "/" + prefix + "XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw messages::NoRoom(directory + ": cannot hold a new directory: " + ::strerror(errno));
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

std::string own_pid() { return std::to_string(::getpid()) + "-"; }

// Whether an entry's files are those that its path has, and nobody else's.
bool is_still_there(const std::string& entry, const struct stat& stamp) {
  struct stat status;
  return ::lstat((entry + kStamp).c_str(), &status) == 0 &&
         identity_of(status) == identity_of(stamp);
}

bool is_own_directory(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && trusted::is_own(status);
}

// An entry that was used today is in nobody's way. An older one may be about to go, for which
// its stamp is locked: so it is locked here until it is new again. False if it went.
bool renew(int fd, const std::string& entry, const struct stat& stamp) {
  if (::time(nullptr) - stamp.st_mtime <= kDay) return true;
  if (::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  ::futimens(fd, nullptr);
  return is_still_there(entry, stamp);
}

// For file systems that cannot exchange two directories. Each name leads to a file all the time,
// as a program that runs with the entry may look for one. The stamp comes last.
bool move_files(const std::string& from, const std::string& to) {
  if (::unlink((to + kStamp).c_str()) != 0 && errno != ENOENT) return false;
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(from, error), end; !error && at != end;
       at.increment(error)) {
    names.push_back("/" + at->path().filename().string());
  }
  if (error) return false;
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name != kStamp; });
  for (const std::string& name : names) {
    // A directory that is there already has the same in it.
    if (::rename((from + name).c_str(), (to + name).c_str()) != 0 && errno != ENOTEMPTY &&
        errno != EEXIST) {
      return false;
    }
  }
  return true;
}

// Puts what was made in an entry's place. Programs that run with an older one there go on:
// what takes its place has the same names.
bool put_in_place(const std::string& fresh, const std::string& entry) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::rename(fresh.c_str(), entry.c_str()) == 0) return true;
    // There is one: of another start, or out of date.
    if (::syscall(SYS_renameat2, AT_FDCWD, fresh.c_str(), AT_FDCWD, entry.c_str(),
                  RENAME_EXCHANGE) == 0) {
      remove_tree(fresh);
      return true;
    }
    if (errno == ENOENT) continue;
    if (is_own_directory(entry)) {
      if (!move_files(fresh, entry)) return false;
      remove_tree(fresh);
      return true;
    }
    // Something else is in its place.
    if (::unlink(entry.c_str()) != 0 && errno != ENOENT) return false;
  }
  return false;
}

}  // namespace

Cache::Cache(const std::string& chosen, const std::string& not_in_paths)
    : places_(chosen, not_in_paths) {
  const std::string* first = places_.at(0);
  if (first == nullptr) fail_without_place();
  directory_ = *first;
}

void Cache::fail_without_place() const {
  throw messages::Failure("there is no place to put shims: " + places_.detour() +
                          "; choose one that you may write to with --cache-dir");
}

std::string Cache::find(std::string_view key, std::vector<std::string>& warnings) const {
  return find_in(directory_, key, warnings);
}

std::string Cache::find_in(const std::string& directory, std::string_view key,
                           std::vector<std::string>& warnings) {
  std::string entry = directory + "/" + name_of_key(key);
  std::string path = entry + kStamp;
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!fd.valid() || status_of(fd.get(), status) != 0 || !S_ISREG(status.st_mode)) return {};
  // Others may have written into the directory before its mode was mended.
  if (!trusted::is_own(status) || !is_own_directory(entry)) return {};
  Result<FileMapping> mapping = FileMapping::of(fd.get(), status);
  if (!mapping || !survey::Stamp::holds(mapping->text(), key, entry, warnings)) return {};
  return renew(fd.get(), entry, status) ? entry : std::string{};
}

std::string Cache::in_first_place_with_room(
    const std::function<std::string(const std::string&)>& make) {
  for (std::size_t i = 0;; ++i) {
    const std::string* directory = places_.at(i);
    if (directory == nullptr) fail_without_place();
    directory_ = *directory;
    try {
      std::string made = make(directory_);
      sweep(directory_);
      return made;
    } catch (const messages::NoRoom& failure) {
      places_.add_detour(failure.what());
    }
  }
}

std::string Cache::make(std::string_view key,
                        const std::function<std::string(const std::string&)>& fill) {
  return in_first_place_with_room([&](const std::string& directory) {
    // What there was no room for elsewhere may be here since an earlier start.
    std::vector<std::string> warnings;
    std::string entry = directory == *places_.at(0) ? "" : find_in(directory, key, warnings);
    if (!entry.empty()) return entry;
    entry = directory + "/" + name_of_key(key);
    std::string fresh = fill_temporary(directory, kUnfinished + own_pid(), fill);
    ::chmod(fresh.c_str(), kReadable);
    if (put_in_place(fresh, entry)) return entry;
    std::string why = ::strerror(errno);
    remove_tree(fresh);
    throw messages::NoRoom(entry + ": the entry cannot be put in place: " + why +
                           "; remove it, or use --no-cache");
  });
}

std::string Cache::make_once(const std::function<std::string(const std::string&)>& fill) {
  return in_first_place_with_room([&](const std::string& directory) {
    return fill_temporary(directory, kOnce + own_pid(), fill);
  });
}

}  // namespace bulkhead::cache
