// For who waits for another thread and has nothing to wait on.
#pragma once

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/keep_errno.h"

namespace bulkhead {

// Gives the processor to other threads for a moment, also to those of a lower priority: sched_yield
// does not, and under SCHED_FIFO they would never come to what they are waited for.
inline void pause_thread() {
  KeepErrno keep;
  constexpr timespec kMoment = {0, 50'000};
  ::syscall(SYS_nanosleep, &kMoment, nullptr);
}

}  // namespace bulkhead
