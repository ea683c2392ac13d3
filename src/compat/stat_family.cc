// stat and its kin as functions of their own (glibc 2.33).
//
// Before, <sys/stat.h> turned each into a call of __xstat and its like with the version of the
// structure, which is the current one. The 64 forms are the same on 64-bit machines.
#include <sys/stat.h>

#include "machine.h"
#include "provide.h"

static_assert(sizeof(struct stat) == sizeof(struct stat64), "one structure on 64-bit machines");

extern "C" {
int __xstat(int, const char*, struct stat*) noexcept;
int __lxstat(int, const char*, struct stat*) noexcept;
int __fxstat(int, int, struct stat*) noexcept;
int __fxstatat(int, int, const char*, struct stat*, int) noexcept;
int __xmknod(int, const char*, mode_t, dev_t*) noexcept;
int __xmknodat(int, int, const char*, mode_t, dev_t*) noexcept;
}

using compat::mknod_version;
using compat::stat_version;

PROVIDE(int, stat, const char* path, struct stat* into) {
  return __xstat(stat_version, path, into);
}
PROVIDE(int, stat64, const char* path, struct stat* into) {
  return __xstat(stat_version, path, into);
}
PROVIDE(int, lstat, const char* path, struct stat* into) {
  return __lxstat(stat_version, path, into);
}
PROVIDE(int, lstat64, const char* path, struct stat* into) {
  return __lxstat(stat_version, path, into);
}
PROVIDE(int, fstat, int fd, struct stat* into) { return __fxstat(stat_version, fd, into); }
PROVIDE(int, fstat64, int fd, struct stat* into) { return __fxstat(stat_version, fd, into); }
PROVIDE(int, fstatat, int dir, const char* path, struct stat* into, int flags) {
  return __fxstatat(stat_version, dir, path, into, flags);
}
PROVIDE(int, fstatat64, int dir, const char* path, struct stat* into, int flags) {
  return __fxstatat(stat_version, dir, path, into, flags);
}
PROVIDE(int, mknod, const char* path, mode_t mode, dev_t device) {
  return __xmknod(mknod_version, path, mode, &device);
}
PROVIDE(int, mknodat, int dir, const char* path, mode_t mode, dev_t device) {
  return __xmknodat(mknod_version, dir, path, mode, &device);
}
