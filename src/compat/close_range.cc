// close_range, closefrom (glibc 2.34) and the spawn action closefrom.
//
// Kernels before 5.9 have no close_range: then the open descriptors are read from /proc/self/fd.
// That is safe while closing, since procfs counts its position by descriptor number.
// close_range(2): CLOSE_RANGE_UNSHARE (2) cannot be had that way, CLOSE_RANGE_CLOEXEC (4) can.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "provide.h"
#include "syscall_numbers.h"

namespace {

constexpr int cloexec_flag = 4;

// open and fcntl are variadic and have 64 twins; the plain symbols are what glibc 2.31 has.
extern "C" int from_base_fcntl(int, int, ...) __asm__("fcntl");

struct DirectoryEntry {  // getdents64(2)
  unsigned long long inode;
  long long offset;
  unsigned short size;
  unsigned char type;
  char name[1];
};

// -1 for "." and "..".
int number_of(const char* name) {
  int value = 0;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return -1;
    value = value * 10 + (*name - '0');
  }
  return value;
}

// Calls `visit(fd)` for each open descriptor from `first` to `last`, except the one it reads by.
// False: /proc is not there.
template <class Visit>
bool each_open(unsigned first, unsigned last, Visit visit) {
  const int dir =
      int(syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (dir < 0) return false;
  alignas(DirectoryEntry) char buffer[1024];
  long got;
  while ((got = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      const int fd = number_of(entry->name);
      if (fd >= 0 && fd != dir && unsigned(fd) >= first && unsigned(fd) <= last) visit(fd);
      at += entry->size;
    }
  }
  close(dir);
  return got == 0;
}

int close_or_mark(unsigned first, unsigned last, int flags) {
  if (syscall(compat::number::close_range, first, last, flags) == 0) return 0;
  if (errno != ENOSYS || (flags != 0 && flags != cloexec_flag)) return -1;
  if (first > last) {
    errno = EINVAL;
    return -1;
  }
  const bool done = each_open(first, last, [flags](int fd) {
    if (flags == cloexec_flag)
      from_base_fcntl(fd, F_SETFD, FD_CLOEXEC);
    else
      close(fd);
  });
  if (!done) errno = ENOSYS;
  return done ? 0 : -1;
}

}  // namespace

PROVIDE(int, close_range, unsigned first, unsigned last, int flags) {
  return close_or_mark(first, last, flags);
}

// Has no way to report failure and must not leave descriptors open, hence abort, as in glibc.
PROVIDE(void, closefrom, int first) {
  const int saved = errno;
  if (close_or_mark(first < 0 ? 0 : unsigned(first), UINT_MAX, 0) != 0) abort();
  errno = saved;
}

// The base's spawn has no such action: one addclose for each descriptor that is open now, and
// those opened between this call and the spawn stay open in the child unless marked close-on-exec.
PROVIDE(int, posix_spawn_file_actions_addclosefrom_np, posix_spawn_file_actions_t* actions,
        int first) {
  if (first < 0) return EBADF;
  int fault = 0;
  const bool done = each_open(unsigned(first), UINT_MAX, [&](int fd) {
    if (fault == 0) fault = posix_spawn_file_actions_addclose(actions, fd);
  });
  return done ? fault : ENOSYS;
}
