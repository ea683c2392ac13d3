// System calls that headers of the build machine may not know yet.
//
// From 424 on a call has one number on all architectures (Linux 5.1), so these are facts of the
// kernel and not of a CPU; older calls are taken from <sys/syscall.h>.
#pragma once

namespace compat::number {

inline constexpr long pidfd_send_signal = 424;  // Linux 5.1
inline constexpr long open_tree = 428;          // 5.2, as the next six
inline constexpr long move_mount = 429;
inline constexpr long fsopen = 430;
inline constexpr long fsconfig = 431;
inline constexpr long fsmount = 432;
inline constexpr long fspick = 433;
inline constexpr long pidfd_open = 434;        // 5.3
inline constexpr long close_range = 436;       // 5.9
inline constexpr long openat2 = 437;           // 5.6
inline constexpr long pidfd_getfd = 438;       // 5.6
inline constexpr long process_madvise = 440;   // 5.10
inline constexpr long epoll_pwait2 = 441;      // 5.11
inline constexpr long mount_setattr = 442;     // 5.12
inline constexpr long process_mrelease = 448;  // 5.15
inline constexpr long mseal = 462;             // 6.10

}  // namespace compat::number
