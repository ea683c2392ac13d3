// Hands a filter to the kernel.
#pragma once

#include "base/arena.h"
#include "base/result.h"
#include "seccomp/filter.h"

namespace bulkhead::seccomp {

// Sets no_new_privs and installs the filter for all threads of the process (seccomp(2) with
// SECCOMP_FILTER_FLAG_TSYNC), for good, in addition to those it has. `filter` must have passed
// check(), or come from compose(). An error's texts live in `arena`.
//
// Any thread may call it; errno is left as it was. After an error no filter was installed, but
// no_new_privs may have been set.
//
// Errors: unsupported, a feature that this kernel lacks, by name and with the release of Linux that
// has it (an unknown action would be taken for "kill the thread", so all are asked for first);
// conflict, a thread has filters that the caller has not; limit, the filters of the process would
// be longer in sum than the kernel takes; system, all else.
Status install(Arena& arena, Filter filter);

}  // namespace bulkhead::seccomp
