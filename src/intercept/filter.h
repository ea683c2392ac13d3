// The seccomp filter that makes a signal of every system call but those of a region of code.
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>

#include "base/result.h"

namespace bulkhead::intercept {

// si_errno of our signals, to tell them from those of filters that the program installs.
constexpr std::uint16_t kFilterMark = 0xb11d;

using Filter = std::array<sock_filter, 8>;

// For instruction pointers, after `syscall`, in [begin, end). The region lies in one page. Calls
// from the upper half of addresses pass: the vsyscall page is the kernel's, which has no
// instruction there that could be resumed.
Filter filter_of(std::uint64_t begin, std::uint64_t end);

// Installs it for the calling thread and all that come after; sets no_new_privs, which it needs.
Status install(const Filter& filter);

}  // namespace bulkhead::intercept
