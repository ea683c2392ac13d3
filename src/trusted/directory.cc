#include "trusted/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/text.h"

namespace bulkhead::trusted {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel has it

// Short ones of /proc; empty if it cannot be read. (A stream would ask libbulkhead-config.so.0 for
// more of libc than 2.31 exports.)
std::string content_of(const char* path) {
  std::string text(16384, '\0');
  Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t size = fd.valid() ? ::read(fd.get(), text.data(), text.size()) : 0;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// In a user namespace, users who have no number in it all have this one (overflowuid).
uid_t number_of_unmapped() {
  static const uid_t number = [] {
    std::uint64_t value = 65534;  // as the kernel has it if nobody changed it
    parse_number(trimmed(content_of("/proc/sys/kernel/overflowuid")), value);
    return static_cast<uid_t>(value);
  }();
  return number;
}

// Whether a user of this user namespace has that number.
bool is_mapped(uid_t user) {
  const std::string map = content_of("/proc/self/uid_map");
  std::string_view rest = map;
  while (!rest.empty()) {  // lines of INSIDE OUTSIDE COUNT, in columns
    std::string_view line = trimmed(split_off(rest, '\n'));
    std::uint64_t inside = 0, count = 0;
    const bool is_line = parse_number(split_off(line, ' '), inside) &&
                         parse_number(drop(line, line.rfind(' ') + 1), count);
    if (is_line && user >= inside && user - inside < count) return true;
  }
  return map.empty();
}

// Root's on every system, and root may have no number in a user namespace. Other directories of
// users without a number may be anybody's.
bool is_roots_everywhere(std::string_view path) {
  constexpr std::array<std::string_view, 14> kSystem = {
      "/dev", "/dev/shm", "/home", "/mnt", "/opt",      "/root",     "/run",
      "/srv", "/tmp",     "/usr",  "/var", "/run/user", "/var/home", "/var/tmp"};
  return std::find(kSystem.begin(), kSystem.end(), path) != kSystem.end();
}

bool is_trusted(uid_t owner, std::string_view path) {
  if (owner == 0 || owner == ::geteuid()) return true;
  return is_roots_everywhere(path) && owner == number_of_unmapped() && !is_mapped(owner);
}

bool others_may_write(const struct stat& status) {
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

class Walk {
 public:
  Walk(const std::string& path, std::optional<mode_t> mode) : mode_(mode) { push(path); }

  TrustedDirectory run() {
    while (!rest_.empty()) {
      std::string name = std::move(rest_.back());
      rest_.pop_back();
      if (name == "..") {
        result_.path.erase(std::min(result_.path.rfind('/'), result_.path.size()));
        open_to_others_ = true;  // perhaps
      } else if (name != "." && !step(result_.path + "/" + name)) {
        return std::move(result_);
      }
    }
    return std::move(result_);
  }

 private:
  void push(std::string_view path) {
    std::vector<std::string> names;
    while (!path.empty()) {
      std::string_view name = split_off(path, '/');
      if (!name.empty()) names.emplace_back(name);
    }
    rest_.insert(rest_.end(), names.rbegin(), names.rend());
  }

  bool fails(const std::string& path, Trouble trouble, const std::string& what) {
    result_.trouble = trouble;
    result_.why = path + ": " + what;
    result_.is_above = rest_.size() > 1;
    return false;
  }

  bool step(const std::string& next) {
    struct stat status;
    int error = ::lstat(next.c_str(), &status) == 0 ? 0 : errno;
    if (error == ENOENT && mode_) {
      error = ::mkdir(next.c_str(), *mode_) == 0 || errno == EEXIST ? 0 : errno;
      if (error == 0 && ::lstat(next.c_str(), &status) != 0) error = errno;
    }
    if (error != 0) return fails(next, Trouble::unusable, ::strerror(error));
    return S_ISLNK(status.st_mode) ? follow(next, status) : enter(next, status);
  }

  // A link says what it was made to say. So whose it is matters only where anybody may make one.
  bool follow(const std::string& link, const struct stat& status) {
    if (open_to_others_ && !is_trusted(status.st_uid, link)) return is_of(link, status);
    if (++links_ > kMaxLinks) return fails(link, Trouble::unusable, ::strerror(ELOOP));
    std::string target(4096, '\0');
    ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
    if (size <= 0) return fails(link, Trouble::unusable, ::strerror(size < 0 ? errno : ENOENT));
    target.resize(static_cast<std::size_t>(size));
    if (target[0] == '/') {
      result_.path.clear();
      open_to_others_ = true;  // perhaps
    }
    push(target);
    return true;
  }

  bool enter(const std::string& next, const struct stat& status) {
    if (!S_ISDIR(status.st_mode)) return fails(next, Trouble::occupied, "is not a directory");
    if (!is_trusted(status.st_uid, next)) return is_of(next, status);
    open_to_others_ = others_may_write(status);
    if (open_to_others_ && ((status.st_mode & S_ISVTX) == 0 || rest_.size() <= 1)) {
      return fails(next, Trouble::untrusted,
                   "may be written to by others, who could choose what your programs load");
    }
    result_.path = next;
    return true;
  }

  bool is_of(const std::string& path, const struct stat& status) {
    return fails(path, Trouble::untrusted,
                 "belongs to user " + std::to_string(status.st_uid) +
                     ", who could choose what your programs load");
  }

  std::optional<mode_t> mode_;     // of what is made; nothing: nothing is
  std::vector<std::string> rest_;  // the next one last
  TrustedDirectory result_;
  bool open_to_others_ = false;  // the directory that was entered last
  int links_ = 0;
};

}  // namespace

TrustedDirectory find_trusted_directory(const std::string& path, mode_t mode) {
  return Walk(path, mode).run();
}

TrustedDirectory look_for_trusted_directory(const std::string& path) {
  return Walk(path, std::nullopt).run();
}

bool is_own(const struct stat& status) {
  return (status.st_uid == 0 || status.st_uid == ::geteuid()) && !others_may_write(status);
}

}  // namespace bulkhead::trusted
