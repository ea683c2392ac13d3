#include "base/mounts.h"

#include <sys/statvfs.h>

namespace bulkhead {

bool is_on_noexec_mount(const char* path) {
  struct statvfs mount;
  return ::statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0;
}

bool is_on_noexec_mount(int fd) {
  struct statvfs mount;
  return ::fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0;
}

}  // namespace bulkhead
