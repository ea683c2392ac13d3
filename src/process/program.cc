#include "process/program.h"

#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/keep_errno.h"
#include "base/lock.h"
#include "base/mappings.h"

namespace bulkhead::process {
namespace {

struct File {
  Lock lock;
  std::size_t size;
  char path[PATH_MAX];
};
constinit File g_file{};  // Guard: its lock

// An ld.so that was called by hand is what the kernel has executed. It has put the program's
// headers into the auxiliary vector (glibc's rtld.c).
std::string_view find_where_mapped() {
  Arena arena;
  const auto* headers = reinterpret_cast<const void*>(::getauxval(AT_PHDR));
  for_each_mapping(arena, [&](const Mapping& mapping) {
    const std::size_t size = mapping.name.size();
    if (!mapping.holds(headers) || size >= sizeof g_file.path) return;
    ::memcpy(g_file.path, mapping.name.data(), size);
    g_file.size = size;
  });
  return {g_file.path, g_file.size};
}

}  // namespace

std::string_view program_file() {
  Locked locked(g_file.lock);
  if (g_file.size == 0) {
    KeepErrno keep;
    if (::getauxval(AT_BASE) == 0) return find_where_mapped();
    // The last byte stays zero.
    ssize_t size = ::readlink("/proc/self/exe", g_file.path, sizeof g_file.path - 1);
    if (size > 0) g_file.size = static_cast<std::size_t>(size);
  }
  return {g_file.path, g_file.size};
}

}  // namespace bulkhead::process
