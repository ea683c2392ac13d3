// A start that was made before, ahead of libc: the record of it is compared with what is there now,
// and the program is executed. Where anything is not as it was, or cannot be told, it returns, and
// the command goes the whole way.
//
// Nothing is relocated yet, and there is no libc: no function of it may be called, not by the
// compiler either, no pointer may be initialised, and there is no place for errno or a canary.
// `tests/checks/command-shape` looks that this object refers to nothing. Memory is what the program
// starts with, zeroed.
//
// What makes a cache safe is done here as it is done in trusted/ and cache/ (docs/security.md):
// each directory on the way, from above to below, what lies in it, and then the files. This knows
// fewer cases (no links on the way, no user namespaces), and takes every other one for a reason to
// return.
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "warm/record.h"
#include "warm/system.h"

extern "C" __attribute__((visibility("hidden"))) void bulkhead_warm_start(char** stack);

namespace bulkhead::warm {
namespace {

constexpr std::size_t kMaxPath = 4096;
constexpr std::size_t kMaxVariables = 4096;
constexpr time_t kDay = 24 * 60 * 60;  // cache/sweep.h; older marks are renewed by the command

// Guard: there is one thread, and none of this lives longer than until execve.
char g_record[kMaxRecord + 1];
char g_stamp[kMaxStamp + 1];
char g_directory[kMaxPath], g_path[kMaxPath], g_here[kMaxPath], g_self[kMaxPath];
char* g_environment[kMaxVariables + 1];

struct Surroundings {
  char** words;
  char** environment;
  unsigned long uid, gid;
  bool are_plain;  // no set-user-ID or the like
};

Surroundings take_apart(char** stack) {
  Surroundings found{stack + 1, nullptr, 0, 0, true};
  const auto count = reinterpret_cast<std::size_t>(stack[0]);
  found.environment = found.words + count + 1;
  char** at = found.environment;
  while (*at != nullptr) ++at;
  unsigned long effective_uid = 0, effective_gid = 0;
  for (auto* each = reinterpret_cast<const unsigned long*>(at + 1); each[0] != AT_NULL; each += 2) {
    if (each[0] == AT_UID) found.uid = each[1];
    if (each[0] == AT_EUID) effective_uid = each[1];
    if (each[0] == AT_GID) found.gid = each[1];
    if (each[0] == AT_EGID) effective_gid = each[1];
    if (each[0] == AT_SECURE && each[1] != 0) found.are_plain = false;
  }
  found.are_plain =
      found.are_plain && found.uid == effective_uid && found.gid == effective_gid && count != 0;
  return found;
}

bool others_may_write(const struct stat& status) {
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}
bool is_own(const struct stat& status, const Surroundings& user) {
  return (status.st_uid == 0 || status.st_uid == user.uid) && !others_may_write(status);
}

// As trusted::look_for_trusted_directory, of a path without links, "." and "..".
bool is_trusted(const char* path, const Surroundings& user) {
  if (path[0] != '/' || path[1] == '\0') return false;
  std::size_t levels = 0;
  for (const char* at = path; *at != '\0'; ++at) {
    if (*at != '/') continue;
    ++levels;
    const bool is_dot = at[1] == '.' && (at[2] == '/' || at[2] == '\0' || at[2] == '.');
    if (at[1] == '/' || at[1] == '\0' || is_dot) return false;
  }
  char prefix[kMaxPath];
  std::size_t size = 0;
  for (; path[0] != '\0'; --levels) {
    do {
      if (size + 1 == sizeof prefix) return false;
      prefix[size++] = *path++;
    } while (*path != '/' && *path != '\0');
    prefix[size] = '\0';
    struct stat status;
    if (!look_at(prefix, status, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(status.st_mode)) return false;
    if (status.st_uid != 0 && status.st_uid != user.uid) return false;
    if (others_may_write(status) && ((status.st_mode & S_ISVTX) == 0 || levels <= 2)) return false;
  }
  return true;
}

// The cache's usual directory, if it can serve; see cache/places.h.
bool find_cache(const Surroundings& user) {
  const char* xdg = value_of("XDG_CACHE_HOME", user.environment);
  const char* home = value_of("HOME", user.environment);
  Text path(g_directory, sizeof g_directory);
  if (xdg != nullptr && xdg[0] == '/') {
    path.add(xdg).add("/bulkhead");
  } else if (home != nullptr && home[0] == '/') {
    path.add(home).add("/.cache/bulkhead");
  } else {
    return false;
  }
  path.add("/v1");
  for (const char* at = g_directory; *at != '\0'; ++at) {
    if (*at == ':' || *at == ';' || *at == '$') return false;
  }
  struct statfs mount;
  return path.fits() && is_trusted(g_directory, user) && may(g_directory, W_OK | X_OK) &&
         call(SYS_statfs, of(g_directory), of(&mount)) == 0 &&
         (static_cast<unsigned long>(mount.f_flags) & ST_NOEXEC) == 0;
}

// A file of the user's or root's that nobody else may write to, whole, with a NUL behind it.
bool read_own(const char* path, const Surroundings& user, char* buffer, std::size_t room,
              struct stat& status) {
  const long fd =
      call(SYS_openat, AT_FDCWD, of(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  long size = -1;
  if (call(SYS_fstat, fd, of(&status)) == 0 && S_ISREG(status.st_mode) && is_own(status, user) &&
      static_cast<std::size_t>(status.st_size) < room) {
    size = call(SYS_read, fd, of(buffer), static_cast<long>(room));
  }
  call(SYS_close, fd);
  if (size != status.st_size) return false;
  buffer[size] = '\0';
  return true;
}

unsigned long nanoseconds(const timespec& time) {
  return static_cast<unsigned long>(time.tv_sec) * 1'000'000'000UL +
         static_cast<unsigned long>(time.tv_nsec);
}

// Whether a file is as a line of a stamp says: "FACTS PATH", or "- PATH" if it is not there.
// `directory`: that the path counts from; null: it is whole.
bool is_as_before(const char* line, const char* directory) {
  const bool absent = line[0] == '-';
  const char* name = line;
  for (unsigned fields = absent ? 1 : 5; fields != 0; --fields) {
    while (*name != ' ' && *name != '\0') ++name;
    if (*name++ == '\0') return false;
  }
  if (*name == '\0') return false;
  if (directory != nullptr) {
    Text path(g_path, sizeof g_path);
    if (!path.add(directory).add('/').add(name).fits()) return false;
    name = g_path;
  }
  struct stat status;
  if (!look_at(name, status)) return absent;
  char facts[5 * 17 + 1];
  Text text(facts, sizeof facts);
  text.add_number(status.st_dev).add_number(status.st_ino);
  text.add_number(static_cast<unsigned long>(status.st_size));
  text.add_number(nanoseconds(status.st_mtim)).add_number(nanoseconds(status.st_ctim));
  return after(line, facts) != nullptr;
}

// Whether /proc is there and images can be made in memory, which the program needs; see
// cli/preflight.h.
bool can_run_here() {
  const long fd = call(SYS_memfd_create, of("bulkhead-probe"), MFD_CLOEXEC);
  if (fd < 0) return false;
  call(SYS_close, fd);
  const long size = call(SYS_readlinkat, AT_FDCWD, of("/proc/self/exe"), of(g_self), sizeof g_self);
  if (size <= 0 || size == sizeof g_self) return false;
  g_self[size] = '\0';
  return may("/proc/self/fd", X_OK);
}

// Of the stamp each line: see survey/stamp.cc. One with warnings is for the command, which says
// them.
bool holds(char* text, const char* key, const char* entry) {
  char* line = text;
  for (unsigned number = 0;; ++number) {
    char* end = line;
    while (*end != '\n' && *end != '\0') ++end;
    if (*end == '\0') return false;
    *end = '\0';
    if (number == 0) {
      if (!same(line, "bulkhead stamp 2")) return false;
    } else if (number == 1) {
      // The key's size, in decimal.
      std::size_t size = 0;
      for (const char* digit = line; *digit != '\0'; ++digit) {
        if (*digit < '0' || *digit > '9' || size > kMaxStamp) return false;
        size = 10 * size + static_cast<std::size_t>(*digit - '0');
      }
      const char* rest = after(end + 1, key);
      if (rest == nullptr || static_cast<std::size_t>(rest - (end + 1)) != size) return false;
      end += size;
    } else if (same(line, "end")) {
      return end[1] == '\0';
    } else if (line[1] != ' ' || (line[0] != '+' && line[0] != '=') ||
               !is_as_before(line + 2, line[0] == '+' ? entry : nullptr)) {
      return false;
    }
    line = end + 1;
  }
}

// That the shims are whole, nobody else's, as when they were made, and have been used today: an
// older mark is renewed by the command. See Cache::find.
bool entry_holds(const char* entry, const char* key, const Surroundings& user) {
  Text path(g_path, sizeof g_path);
  if (!path.add(entry).add("/stamp").fits()) return false;
  struct stat stamp, directory;
  if (!read_own(g_path, user, g_stamp, sizeof g_stamp - 1, stamp)) return false;
  if (!look_at(entry, directory, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(directory.st_mode) ||
      !is_own(directory, user)) {
    return false;
  }
  struct timespec now;
  if (call(SYS_clock_gettime, CLOCK_REALTIME, of(&now)) != 0) return false;
  return now.tv_sec - stamp.st_mtim.tv_sec <= kDay && holds(g_stamp, key, entry);
}

// The environment with one more variable, or another value: as setenv does it.
bool set(char* setting, std::size_t& count) {
  std::size_t name = 0;
  while (setting[name] != '=' && setting[name] != '\0') ++name;
  if (setting[name] == '\0') return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t at = 0;
    while (at != name && g_environment[i][at] == setting[at]) ++at;
    if (at != name || g_environment[i][name] != '=') continue;
    g_environment[i] = setting;
    return true;
  }
  if (count == kMaxVariables) return false;
  g_environment[count++] = setting;
  return true;
}

// Compares a record, text by text, and does what it says.
class Record {
 public:
  Record(const Surroundings& user, std::size_t program) : user_(user), program_(program) {}

  // Returns if something is different.
  void follow(char* at, const char* end) {
    if (!same(at, kFormat) || !begin()) return;
    for (at += length(at) + 1; at < end; at += length(at) + 1) {
      if (*at == kEnd) break;
      if (!is_true(at[0], at + 1)) return;
    }
    if (at >= end || *at != kEnd || word_ != program_ || key_ == nullptr || entry_ == nullptr ||
        path_ == nullptr || seen_ != kAll || !entry_holds(entry_, key_, user_)) {
      return;
    }
    g_environment[count_] = nullptr;
    call(SYS_execve, of(path_), of(user_.words + program_), of(g_environment));
  }

 private:
  enum : unsigned { kSelfSeen = 1, kHereSeen = 2, kUserSeen = 4, kAll = 7 };

  bool begin() {
    for (; user_.environment[count_] != nullptr; ++count_) {
      if (count_ == kMaxVariables) return false;
      g_environment[count_] = user_.environment[count_];
    }
    return true;
  }

  bool saw(unsigned what, bool is_so) {
    seen_ |= what;
    return is_so;
  }

  bool is_user(const char* text) const {
    char own[2 * 17 + 1];
    Text numbers(own, sizeof own);
    numbers.add_number(user_.uid).add_number(user_.gid);
    return same(own, text);
  }

  // NAME=VALUE, or NAME.
  bool is_variable(const char* text) const {
    char name[256];
    Text copy(name, sizeof name);
    const char* at = text;
    for (; *at != '=' && *at != '\0'; ++at) copy.add(*at);
    const char* value = value_of(name, user_.environment);
    if (!copy.fits() || (value == nullptr) != (*at == '\0')) return false;
    return value == nullptr || same(value, at + 1);
  }

  bool is_true(char tag, char* text) {
    switch (tag) {
      case kSelf: return saw(kSelfSeen, same(text, g_self));
      case kHere: return saw(kHereSeen, same(text, g_here));
      case kUser: return saw(kUserSeen, is_user(text));
      case kWord: return word_ < program_ && same(text, user_.words[++word_]);
      case kVariable: return is_variable(text);
      case kFacts: return is_as_before(text, nullptr);
      case kReadable: return may(text, R_OK | X_OK);
      case kTrusted: return is_trusted(text, user_);
      case kKey: return key_ = text, true;
      case kEntry: return entry_ = text, is_in_cache(text);
      case kProgram: return path_ = text, true;
      case kSetting: return set(text, count_);
      default: return false;
    }
  }

  // Right below the directory that was looked at.
  static bool is_in_cache(const char* entry) {
    const char* name = after(entry, g_directory);
    if (name == nullptr || *name != '/' || name[1] == '\0' || name[1] == '.') return false;
    for (++name; *name != '\0'; ++name) {
      if (*name == '/') return false;
    }
    return true;
  }

  const Surroundings& user_;
  const std::size_t program_;
  std::size_t word_ = 0, count_ = 0;
  unsigned seen_ = 0;
  const char* key_ = nullptr;
  const char* entry_ = nullptr;
  const char* path_ = nullptr;
};

}  // namespace
}  // namespace bulkhead::warm

void bulkhead_warm_start(char** stack) {
  using namespace bulkhead::warm;
  const Surroundings user = take_apart(stack);
  const std::size_t program = user.are_plain ? program_at(user.words) : 0;
  if (program == 0 || !find_cache(user)) return;
  if (call(SYS_getcwd, of(g_here), sizeof g_here) <= 0 || !can_run_here()) return;
  char name[Hash::kDigits + 1];
  name[Hash::kDigits] = '\0';
  name_of(user.words, program, g_here, user.environment).write(name);
  Text path(g_path, sizeof g_path);
  if (!path.add(g_directory).add(kDirectory).fits()) return;
  struct stat status;
  if (!look_at(g_path, status, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(status.st_mode) ||
      !is_own(status, user) || !path.add('/').add(name).fits() ||
      !read_own(g_path, user, g_record, sizeof g_record - 1, status)) {
    return;
  }
  Record(user, program).follow(g_record, g_record + status.st_size);
}
