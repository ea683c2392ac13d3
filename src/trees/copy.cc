#include "trees/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "base/fd.h"
#include "messages/failure.h"
#include "trees/interruption.h"
#include "trees/settle.h"

namespace bulkhead::trees {
namespace {

constexpr std::size_t kFewUnread = 3;         // are named
constexpr std::size_t kPiece = 8U << 20U;     // between two looks at signals and at the bar
constexpr std::size_t kBuffer = 128U << 10U;  // as coreutils measured it to be enough

[[noreturn]] void fail_to_write(const std::string& path) {
  const int error = errno;
  throw messages::NoRoom(path + ": cannot be written: " + ::strerror(error) +
                         "; what was made so far is removed again");
}

// What the kernel makes up, and no system's files.
bool is_made_up(int fd) {
  constexpr std::array<unsigned, 13> kMadeUp = {
      PROC_SUPER_MAGIC, SYSFS_MAGIC,    DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
      DEBUGFS_MAGIC,    TRACEFS_MAGIC,  SECURITYFS_MAGIC,   BPF_FS_MAGIC,       PSTOREFS_MAGIC,
      HUGETLBFS_MAGIC,  EFIVARFS_MAGIC, SELINUX_MAGIC};
  struct statfs status;
  return ::fstatfs(fd, &status) == 0 &&
         std::ranges::find(kMadeUp, static_cast<unsigned>(status.f_type)) != kMadeUp.end();
}

class Copy {
 public:
  Copy(const std::string& to, const std::string& except, Progress& progress)
      : to_(to), progress_(progress) {
    has_except_ = ::stat(except.c_str(), &except_) == 0;
  }

  Copied run(const std::string& from) {
    Fd source(::open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    Fd target(::open(to_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!source.valid())
      throw messages::Failure(from + ": " + ::strerror(errno) +
                              "; name a directory with another system's files");
    if (!target.valid()) fail_to_write(to_);
    struct stat status;
    if (::fstat(source.get(), &status) != 0) throw messages::Failure(from + ": cannot be read");
    root_ = from;
    directory(std::move(source), target.get(), "", status.st_dev, 0);
    return std::move(copied_);
  }

 private:
  void unread(const std::string& path) {
    const int error = errno;
    ++copied_.unread;
    if (copied_.first_unread.size() < kFewUnread) {
      copied_.first_unread.push_back(root_ + path + ": " + ::strerror(error));
    }
  }

  void directory(Fd from, int to, const std::string& path, dev_t device, unsigned depth) {
    if (depth > kMaxDepth) {
      throw messages::Failure(root_ + path + ": lies more than " + std::to_string(kMaxDepth) +
                              " directories deep");
    }
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(from.get()), ::closedir);
    if (stream == nullptr) return unread(path);
    const int number = from.release();
    while (const dirent* entry = ::readdir(stream.get())) {
      const char* name = entry->d_name;
      if (::strcmp(name, ".") == 0 || ::strcmp(name, "..") == 0) continue;
      check_interruption();
      one(number, to, name, path + "/" + name, device, depth);
    }
  }

  void one(int from, int to, const char* name, const std::string& path, dev_t device,
           unsigned depth) {
    struct stat status;
    if (::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return unread(path);
    switch (status.st_mode & S_IFMT) {
      case S_IFDIR: return below(from, to, name, path, status, device, depth);
      case S_IFREG: return file(from, to, name, path, status);
      case S_IFLNK: return link(from, to, name, path);
      default: ++copied_.special;
    }
  }

  void below(int from, int to, const char* name, const std::string& path, const struct stat& status,
             dev_t device, unsigned depth) {
    if (has_except_ && identity_of(status) == identity_of(except_)) return;
    Fd source(::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!source.valid()) return unread(path);
    if (::mkdirat(to, name, S_IRWXU) != 0) fail_to_write(to_ + path);
    Fd target(::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!target.valid()) fail_to_write(to_ + path);
    if (status.st_dev == device || !is_made_up(source.get())) {
      directory(std::move(source), target.get(), path, status.st_dev, depth + 1);
    }
    ::fchmod(target.get(), directory_mode(status.st_mode));
    keep_time(target.get(), status);
  }

  void link(int from, int to, const char* name, const std::string& path) {
    std::string target(4096, '\0');
    const ssize_t size = ::readlinkat(from, name, target.data(), target.size());
    if (size < 0) return unread(path);
    target.resize(static_cast<std::size_t>(size));
    if (::symlinkat(target.c_str(), to, name) != 0) fail_to_write(to_ + path);
  }

  void file(int from, int to, const char* name, const std::string& path,
            const struct stat& status) {
    const std::pair whose(status.st_dev, status.st_ino);
    if (auto first = links_.find(whose); first != links_.end()) {
      const std::string other = to_ + first->second;
      if (::linkat(AT_FDCWD, other.c_str(), to, name, 0) == 0) return;
    }
    Fd source(::openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!source.valid()) return unread(path);
    if (status.st_nlink > 1) links_.emplace(whose, path);
    Fd target(::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target.valid()) fail_to_write(to_ + path);
    if (!contents(source.get(), target.get(), path)) {
      ::unlinkat(to, name, 0);
      links_.erase(whose);
      return;
    }
    ::fchmod(target.get(), file_mode(status.st_mode));
    keep_time(target.get(), status);
  }

  static void keep_time(int fd, const struct stat& status) {
    const struct timespec times[] = {status.st_mtim, status.st_mtim};
    ::futimens(fd, times);
  }

  // Whether all of it could be read.
  bool contents(int from, int to, const std::string& path) {
    if (::ioctl(to, FICLONE, from) == 0) return true;
    while (true) {
      const ssize_t size = ::copy_file_range(from, nullptr, to, nullptr, kPiece, 0);
      if (size == 0) break;  // some file systems say so at once, so it is read to the end below
      if (size < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)) {
        fail_to_write(to_ + path);
      }
      if (size < 0) break;
      count(static_cast<std::uint64_t>(size));
    }
    return by_hand(from, to, path);
  }

  bool by_hand(int from, int to, const std::string& path) {
    static std::array<char, kBuffer> buffer;
    while (true) {
      const ssize_t size = ::read(from, buffer.data(), buffer.size());
      if (size < 0 && errno != EINTR) {
        unread(path);
        return false;
      }
      if (size == 0) return true;
      for (ssize_t done = 0; done < size;) {
        const ssize_t now =
            ::write(to, buffer.data() + done, static_cast<std::size_t>(size - done));
        if (now < 0 && errno != EINTR) fail_to_write(to_ + path);
        if (now > 0) done += now;
      }
      if (size > 0) count(static_cast<std::uint64_t>(size));
    }
  }

  void count(std::uint64_t bytes) {
    check_interruption();
    progress_.at(bytes_ += bytes, 0);
  }

  std::string root_, to_;
  Progress& progress_;
  struct stat except_ = {};
  bool has_except_ = false;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // files with several names
  std::uint64_t bytes_ = 0;
  Copied copied_;
};

}  // namespace

Copied copy_directory(const std::string& from, const std::string& to, const std::string& except,
                      Progress& progress) {
  return Copy(to, except, progress).run(from);
}

}  // namespace bulkhead::trees
