// The way round a composed filter, for system calls that no region has a rule for.
//
// The kernel runs each filter once with every number of a system call when it is installed, and
// does not run it again for calls that it allows without looking at anything but number and
// architecture (Linux 5.11, kernel/seccomp.c: seccomp_is_const_allow). A filter that starts by
// looking at the instruction's address would never profit from that.
//
// Pure, and safe to call from any thread.
#pragma once

#include <span>

#include "base/arena.h"
#include "seccomp/filter.h"

namespace bulkhead::seccomp {

// Instructions that return SECCOMP_RET_ALLOW for numbers of this machine's ABI which every one of
// `filters` allows whatever the arguments are, and lead behind themselves for all others. They
// expect the number in the accumulator, and leave it there. Each of `filters` must have passed
// check(). The result lives in `arena`.
//
// Empty if there is no such number, or so many borders between such and others that the search
// would be longer than conditional jumps reach.
Filter make_shortcut(Arena& arena, std::span<const Filter> filters);

}  // namespace bulkhead::seccomp
