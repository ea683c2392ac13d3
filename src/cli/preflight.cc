#include "cli/preflight.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "messages/failure.h"

namespace bulkhead::cli {

int memfd_error() {
  Fd fd(::memfd_create("bulkhead-probe", MFD_CLOEXEC));
  return fd.valid() ? 0 : errno;
}

bool has_proc() {
  char buffer[32];
  return ::readlink("/proc/self", buffer, sizeof buffer) > 0 &&
         ::access("/proc/self/fd", X_OK) == 0;
}

void require_surroundings() {
  if (int error = memfd_error()) {
    throw messages::Failure(
        std::string("memfd_create(2) is not possible here: ") + ::strerror(error) +
        (error == EMFILE || error == ENFILE
             ? "; raise the limit for open files (ulimit -n)"
             : "; bulkhead makes the images it needs in memory with it (Linux 3.17 or later, "
               "and a seccomp filter must allow it)"));
  }
  if (!has_proc()) {
    throw messages::Failure(
        "/proc: is not mounted here; the dynamic linker reaches images in memory by "
        "/proc/PID/fd: mount it (mount -t proc proc /proc)");
  }
}

}  // namespace bulkhead::cli
