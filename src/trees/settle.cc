#include "trees/settle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "messages/failure.h"
#include "trees/interruption.h"

namespace bulkhead::trees {
namespace {

using Stream = std::unique_ptr<DIR, int (*)(DIR*)>;

bool is_dots(const char* name) { return ::strcmp(name, ".") == 0 || ::strcmp(name, "..") == 0; }

[[noreturn]] void fail_for(const std::string& path) {
  const int error = errno;
  throw messages::Failure(path + ": " + ::strerror(error));
}

class Walk {
 public:
  Contents run(int parent, const std::string& path) {
    enter(parent, path.c_str(), path, 0);
    return contents_;
  }

 private:
  void enter(int parent, const char* name, const std::string& path, unsigned depth) {
    if (depth > kMaxDepth) {
      throw messages::Failure(path + ": lies more than " + std::to_string(kMaxDepth) +
                              " directories deep");
    }
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) fail_for(path);
    Stream stream(::fdopendir(fd), ::closedir);
    if (stream == nullptr) {
      ::close(fd);
      fail_for(path);
    }
    while (const dirent* entry = ::readdir(stream.get())) {
      if (!is_dots(entry->d_name)) look_at(fd, entry->d_name, path, depth);
    }
  }

  void look_at(int directory, const char* name, const std::string& path, unsigned depth) {
    check_interruption();
    struct stat status;
    const std::string whole = path + "/" + name;
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) fail_for(whole);
    const unsigned now = status.st_mode & 07777U;
    if (S_ISDIR(status.st_mode)) {
      const unsigned mode = directory_mode(now);
      if (now != mode && ::fchmodat(directory, name, mode, 0) != 0) fail_for(whole);
      return enter(directory, name, whole, depth + 1);
    }
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
      if (::unlinkat(directory, name, 0) != 0) fail_for(whole);
      return;
    }
    const unsigned mode = file_mode(now);
    if (S_ISREG(status.st_mode) && now != mode && ::fchmodat(directory, name, mode, 0) != 0) {
      fail_for(whole);
    }
    ++contents_.files;
    contents_.bytes += static_cast<std::uint64_t>(status.st_blocks) * 512 / status.st_nlink;
  }

  Contents contents_;
};

void open_to_owner(int parent, const char* name, unsigned depth) {
  if (::fchmodat(parent, name, S_IRWXU, 0) != 0) return;
  const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  Stream stream(::fdopendir(fd), ::closedir);
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    if (is_dots(entry->d_name) || depth > kMaxDepth) continue;
    struct stat status;
    if (::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode)) {
      open_to_owner(fd, entry->d_name, depth + 1);
    }
  }
}

}  // namespace

Contents settle(const std::string& path) { return Walk().run(AT_FDCWD, path); }

void make_removable(const std::string& path) { open_to_owner(AT_FDCWD, path.c_str(), 0); }

}  // namespace bulkhead::trees
