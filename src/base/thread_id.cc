#include "base/thread_id.h"

#include "base/fd.h"

namespace bulkhead {

Result<std::size_t> count_threads() {
  constexpr const char* kTasks = "/proc/self/task";
  struct stat status;
  if (const int error = status_of(kTasks, status); error != 0) {
    return fail_system(error, "threads cannot be counted", kTasks, "mount /proc");
  }
  // The kernel counts them as links to this directory, beside the two that all have
  // (proc_task_getattr).
  return status.st_nlink < 2 ? 0 : status.st_nlink - 2;
}

}  // namespace bulkhead
