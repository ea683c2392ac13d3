// Wrappers of single system calls: arguments in the kernel's order, -1 and errno on failure.
// Added to glibc in 2.34 (execveat), 2.36 (mounts, pidfd, process), 2.41 (sched) and 2.43.
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "provide.h"
#include "syscall_numbers.h"

extern "C" long syscall(long, ...) noexcept;

namespace number = compat::number;

PROVIDE(int, execveat, int dir, const char* path, char* const* argv, char* const* environment,
        int flags) {
  return int(syscall(SYS_execveat, dir, path, argv, environment, flags));
}

PROVIDE(int, open_tree, int dir, const char* path, unsigned flags) {
  return int(syscall(number::open_tree, dir, path, flags));
}
PROVIDE(int, move_mount, int from, const char* from_path, int to, const char* to_path,
        unsigned flags) {
  return int(syscall(number::move_mount, from, from_path, to, to_path, flags));
}
PROVIDE(int, fsopen, const char* name, unsigned flags) {
  return int(syscall(number::fsopen, name, flags));
}
PROVIDE(int, fsconfig, int fd, unsigned command, const char* key, const void* value, int more) {
  return int(syscall(number::fsconfig, fd, command, key, value, more));
}
PROVIDE(int, fsmount, int fd, unsigned flags, unsigned attributes) {
  return int(syscall(number::fsmount, fd, flags, attributes));
}
PROVIDE(int, fspick, int dir, const char* path, unsigned flags) {
  return int(syscall(number::fspick, dir, path, flags));
}
PROVIDE(int, mount_setattr, int dir, const char* path, unsigned flags, void* attributes,
        size_t size) {
  return int(syscall(number::mount_setattr, dir, path, flags, attributes, size));
}

PROVIDE(int, pidfd_open, pid_t pid, unsigned flags) {
  return int(syscall(number::pidfd_open, pid, flags));
}
PROVIDE(int, pidfd_getfd, int pidfd, int fd, unsigned flags) {
  return int(syscall(number::pidfd_getfd, pidfd, fd, flags));
}
PROVIDE(int, pidfd_send_signal, int pidfd, int signal, void* info, unsigned flags) {
  return int(syscall(number::pidfd_send_signal, pidfd, signal, info, flags));
}
PROVIDE(ssize_t, process_madvise, int pidfd, const struct iovec* ranges, size_t count, int advice,
        unsigned flags) {
  return syscall(number::process_madvise, pidfd, ranges, count, advice, flags);
}
PROVIDE(int, process_mrelease, int pidfd, unsigned flags) {
  return int(syscall(number::process_mrelease, pidfd, flags));
}

// The kernel's sched_getattr gives the count of bytes that it wrote only by way of `size` inside.
PROVIDE(int, sched_setattr, pid_t thread, void* attributes, unsigned flags) {
  return int(syscall(SYS_sched_setattr, thread, attributes, flags));
}
PROVIDE(int, sched_getattr, pid_t thread, void* attributes, unsigned size, unsigned flags) {
  return int(syscall(SYS_sched_getattr, thread, attributes, size, flags));
}

PROVIDE(int, openat2, int dir, const char* path, const void* how, size_t size) {
  return int(syscall(number::openat2, dir, path, how, size));
}
PROVIDE(int, mseal, void* address, size_t size, unsigned long flags) {
  return int(syscall(number::mseal, address, size, flags));
}
