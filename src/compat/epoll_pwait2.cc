// epoll_pwait2 (glibc 2.35, Linux 5.11): epoll_pwait with a timespec. Older kernels count
// milliseconds; the time is then rounded up, for to wake too early would make callers spin.
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "provide.h"
#include "syscall_numbers.h"

PROVIDE(int, epoll_pwait2, int fd, struct epoll_event* events, int count,
        const struct timespec* timeout, const sigset_t* mask) {
  constexpr unsigned kernel_mask_size = 8;  // 64 signals, whatever sizeof(sigset_t) is
  const long got =
      syscall(compat::number::epoll_pwait2, fd, events, count, timeout, mask, kernel_mask_size);
  if (got >= 0 || errno != ENOSYS) return int(got);
  if (timeout == nullptr) return epoll_pwait(fd, events, count, -1, mask);
  if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000) {
    errno = EINVAL;
    return -1;
  }
  const long limit = INT_MAX / 1000 - 1;
  const int wait = timeout->tv_sec > limit
                       ? INT_MAX
                       : int(timeout->tv_sec * 1000 + (timeout->tv_nsec + 999'999) / 1'000'000);
  return epoll_pwait(fd, events, count, wait, mask);
}
