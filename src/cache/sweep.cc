#include "cache/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "cache/users.h"
#include "warm/record.h"

namespace bulkhead::cache {
namespace {

constexpr std::time_t kUnused = 30 * kDay;
constexpr std::time_t kUnusedUnseen = 365 * kDay;

bool process_exists(std::string_view number) {
  std::uint64_t pid = 0;
  return parse_number(number, pid) && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

// File systems of one machine, by their magic numbers in linux/magic.h and statfs(2): ext2 to
// ext4, Btrfs, XFS, tmpfs, ramfs, F2FS, ZFS, bcachefs, overlayfs, eCryptfs.
bool is_of_one_machine(const std::string& directory) {
  constexpr std::array<unsigned long, 10> kLocal = {0xEF53,     0x9123683E, 0x58465342, 0x01021994,
                                                    0x858458F6, 0xF2F52010, 0x2FC12FC1, 0xCA451A4E,
                                                    0x794C7630, 0xF15F};
  struct statfs status;
  if (::statfs(directory.c_str(), &status) != 0) return false;
  auto type = static_cast<unsigned long>(status.f_type) & 0xFFFFFFFF;
  return std::find(kLocal.begin(), kLocal.end(), type) != kLocal.end();
}

bool keeps_times_of_access(const std::string& directory) {
  struct statvfs mount;
  return ::statvfs(directory.c_str(), &mount) == 0 && (mount.f_flag & ST_NOATIME) == 0;
}

// When a file of it was last made, marked or read. 0 if there is none.
std::time_t last_use_of_files(const std::string& path) {
  std::time_t last = 0;
  for (const std::string& name : names_in(path)) {
    struct stat status;
    if (::lstat((path + "/" + name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    last = std::max({last, status.st_mtime, status.st_atime});
  }
  return last;
}

class Sweep {
 public:
  explicit Sweep(const std::string& directory) : directory_(directory) {}

  void run() {
    for (const std::string& name : names_in(directory_)) {
      if (is_old(name, kUnused)) old_.push_back(name);
    }
    if (old_.empty()) return;
    Users users = find_users(old_);
    const bool seen_all =
        users.seen_all && is_of_one_machine(directory_) && keeps_times_of_access(directory_);
    for (const std::string& name : old_) {
      if (users.used.contains(name)) {
        // The next look is in a month.
        ::utimensat(AT_FDCWD, mark_of(name).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
      } else if (seen_all || is_old(name, kUnusedUnseen)) {
        remove(name);
      }
    }
  }

 private:
  static bool is_single(std::string_view name) {
    return name.starts_with(kUnfinished) || name.starts_with(kOnce);
  }

  // What says by its time of modification when an entry was last used.
  std::string mark_of(const std::string& name) const {
    std::string path = directory_ + "/" + name;
    return is_single(name) ? path : path + kStamp;
  }

  bool is_old(const std::string& name, std::time_t age) const {
    struct stat status;
    if (::lstat(mark_of(name).c_str(), &status) != 0) return false;
    std::time_t last = status.st_mtime;
    if (is_single(name)) {
      // The process that made it became the program. It may have made it in another PID namespace.
      std::string_view rest = drop(std::string_view(name), name.find('-') + 1);
      if (process_exists(split_off(rest, '-'))) return false;
      if (age == kUnused) return ::time(nullptr) - last >= kDay;
    }
    if (::time(nullptr) - last < age) return false;
    return ::time(nullptr) - last_use_of_files(directory_ + "/" + name) >= age;
  }

  // A start that finds the entry old holds the stamp's lock until it has renewed it.
  void remove(const std::string& name) {
    Fd stamp;
    if (!is_single(name)) {
      stamp = Fd(::open(mark_of(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      if (!stamp.valid() || ::flock(stamp.get(), LOCK_EX | LOCK_NB) != 0) return;
      if (!is_old(name, kUnused)) return;
    }
    remove_tree(directory_ + "/" + name);
  }

  const std::string& directory_;
  std::vector<std::string> old_;
};

// How starts went. Who still needs a record writes it again.
void sweep_records(const std::string& directory) {
  for (const std::string& name : names_in(directory)) {
    const std::string path = directory + "/" + name;
    struct stat status;
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        ::time(nullptr) - status.st_mtime > kUnused) {
      ::unlink(path.c_str());
    }
  }
}

void sweep_joined(const std::string& directory) {
  for (const std::string& name : names_in(directory)) {
    const std::string path = directory + "/" + name;
    struct stat status;
    if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    const bool is_finished = !name.starts_with(kUnfinishedJoined);
    const std::time_t last = std::max(status.st_mtime, last_use_of_files(path));
    if (::time(nullptr) - last > (is_finished ? kUnusedUnseen : kDay)) remove_tree(path);
  }
}

}  // namespace

std::string joined_beside(const std::string& directory) {
  return directory.substr(0, directory.rfind('/')) + "/joined";
}

void sweep(const std::string& directory) {
  Sweep(directory).run();
  sweep_joined(joined_beside(directory));
  sweep_records(directory + warm::kDirectory);
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace bulkhead::cache
