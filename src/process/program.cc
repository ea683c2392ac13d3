#include "process/program.h"

#include <limits.h>
#include <unistd.h>

#include "base/keep_errno.h"
#include "base/lock.h"

namespace bulkhead::process {
namespace {

struct File {
  Lock lock;
  std::size_t size;
  char path[PATH_MAX];
};
constinit File g_file{};  // Guard: its lock

}  // namespace

std::string_view program_file() {
  Locked locked(g_file.lock);
  if (g_file.size == 0) {
    KeepErrno keep;
    // The last byte stays zero.
    ssize_t size = ::readlink("/proc/self/exe", g_file.path, sizeof g_file.path - 1);
    if (size > 0) g_file.size = static_cast<std::size_t>(size);
  }
  return {g_file.path, g_file.size};
}

}  // namespace bulkhead::process
