// pidfd_spawn, pidfd_spawnp, pidfd_getpid (glibc 2.39) and what a spawn of the base cannot do.
//
// The real ones let clone3 return the descriptor. Here the child is spawned, then opened by its
// number, which cannot have been reused, as only this process can reap it (it could if the
// program ignores SIGCHLD: then pidfd_open fails with ESRCH and so does the call). That the kernel
// has pidfd_open at all is asked first, so that a failure leaves no child behind.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "provide.h"
#include "syscall_numbers.h"

namespace {

int open_process(pid_t pid) { return int(syscall(compat::number::pidfd_open, pid, 0)); }

using Spawn = int (*)(pid_t*, const char*, const posix_spawn_file_actions_t*,
                      const posix_spawnattr_t*, char* const[], char* const[]);

int spawn_opened(Spawn spawn, int* pidfd, const char* file,
                 const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
                 char* const argv[], char* const environment[]) {
  const int self = open_process(getpid());
  if (self < 0) return errno;
  close(self);
  pid_t child = 0;
  if (const int fault = spawn(&child, file, actions, attributes, argv, environment)) return fault;
  *pidfd = open_process(child);
  if (*pidfd >= 0) return 0;
  const int fault = errno;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return fault;
}

}  // namespace

PROVIDE(int, pidfd_spawn, int* pidfd, const char* path, const posix_spawn_file_actions_t* actions,
        const posix_spawnattr_t* attributes, char* const argv[], char* const environment[]) {
  return spawn_opened(posix_spawn, pidfd, path, actions, attributes, argv, environment);
}

PROVIDE(int, pidfd_spawnp, int* pidfd, const char* file, const posix_spawn_file_actions_t* actions,
        const posix_spawnattr_t* attributes, char* const argv[], char* const environment[]) {
  return spawn_opened(posix_spawnp, pidfd, file, actions, attributes, argv, environment);
}

// The "Pid:" line of /proc/self/fdinfo/N: -1 there means that the process was reaped (ESRCH),
// 0 that it lives in a namespace we cannot see (EREMOTE), no such line that it is no pidfd (EBADF).
PROVIDE(pid_t, pidfd_getpid, int pidfd) {
  char path[64] = "/proc/self/fdinfo/";
  if (pidfd < 0) {
    errno = EBADF;
    return -1;
  }
  char digits[16];
  int count = 0;
  for (int left = pidfd; count == 0 || left != 0; left /= 10)
    digits[count++] = char('0' + left % 10);
  char* at = path + sizeof "/proc/self/fdinfo/" - 1;
  while (count != 0) *at++ = digits[--count];

  const int info = int(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
  if (info < 0) {
    if (errno == ENOENT) errno = EBADF;
    return -1;
  }
  char text[1024];  // the file is some 100 bytes
  const ssize_t size = read(info, text, sizeof text - 1);
  close(info);
  text[size > 0 ? size : 0] = '\0';

  for (const char* line = text; *line != '\0';) {
    if (line[0] == 'P' && line[1] == 'i' && line[2] == 'd' && line[3] == ':') {
      line += 4;
      while (*line == ' ' || *line == '\t') ++line;
      const bool negative = *line == '-';
      pid_t pid = 0;
      for (line += negative ? 1 : 0; *line >= '0' && *line <= '9'; ++line)
        pid = pid * 10 + (*line - '0');
      if (pid > 0 && !negative) return pid;
      errno = negative ? ESRCH : EREMOTE;
      return -1;
    }
    while (*line != '\0' && *line++ != '\n') {
    }
  }
  errno = EBADF;
  return -1;
}

// The base's child has no step that could do these.
PROVIDE(int, posix_spawnattr_setcgroup_np, posix_spawnattr_t*, int) { return ENOSYS; }
PROVIDE(int, posix_spawnattr_getcgroup_np, const posix_spawnattr_t*, int*) { return ENOSYS; }
PROVIDE(int, posix_spawn_file_actions_addtcsetpgrp_np, posix_spawn_file_actions_t*, int) {
  return ENOSYS;
}
