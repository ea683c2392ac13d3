// What threads of glibc 2.32 … 2.42 have and threads of 2.31 have not.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "provide.h"

FROM_BASE_IF_THERE(int, pthread_getcpuclockid, (pthread_t, clockid_t*));
FROM_BASE_IF_THERE(int, pthread_kill, (pthread_t, int));
FROM_BASE_IF_THERE(int, pthread_timedjoin_np, (pthread_t, void**, const struct timespec*));

extern "C" [[noreturn]] void compat_base_lacks(const char* what);  // base_lacks.cc

namespace {

constexpr long second = 1'000'000'000;

// The moment on the real-time clock that lies as far ahead as `deadline` on `clock` does.
bool on_realtime_clock(clockid_t clock, const struct timespec& deadline, struct timespec& result) {
  struct timespec here, there;
  if (clock_gettime(clock, &here) != 0 || clock_gettime(CLOCK_REALTIME, &there) != 0) return false;
  result.tv_sec = there.tv_sec + (deadline.tv_sec - here.tv_sec);
  result.tv_nsec = there.tv_nsec + (deadline.tv_nsec - here.tv_nsec);
  if (result.tv_nsec < 0) result.tv_nsec += second, --result.tv_sec;
  if (result.tv_nsec >= second) result.tv_nsec -= second, ++result.tv_sec;
  return true;
}

}  // namespace

// 2.42. A thread's CPU clock carries its number: Linux encodes clockid = ~tid << 3 | flags
// (clock_getcpuclockid(3), <linux/posix-timers.h>). -1 for a thread that has ended.
PROVIDE(pid_t, pthread_gettid_np, pthread_t thread) {
  clockid_t clock = 0;
  if (base_pthread_getcpuclockid == nullptr || base_pthread_getcpuclockid(thread, &clock) != 0)
    return -1;
  return pid_t(~(clock >> 3));
}

// 2.32. The base's pthread_attr_t has no place for a mask. A caller that only asks learns the
// truth, that none is set (PTHREAD_ATTR_NO_SIGMASK_NP, -1).
PROVIDE(int, pthread_attr_setsigmask_np, pthread_attr_t*, const sigset_t* mask) {
  return mask == nullptr ? 0 : ENOSYS;
}
PROVIDE(int, pthread_attr_getsigmask_np, const pthread_attr_t*, sigset_t*) { return -1; }

// 2.34. A thread that has ended and was not joined yet is still a thread: the signal is lost, and
// that is success. Before, it was ESRCH.
PROVIDE(int, pthread_kill, pthread_t thread, int signal) {
  if (base_pthread_kill == nullptr)
    compat_base_lacks("pthread_kill@GLIBC_2.2.5 of libpthread.so.0");
  const int fault = base_pthread_kill(thread, signal);
  return fault == ESRCH ? 0 : fault;
}

// 2.34, in libpthread since 2.31 but under a version that 2.31's libc.so.6 lacks, so that no one
// image can ask for it everywhere. The older timedjoin waits on the real-time clock; a deadline
// on the monotonic one is carried over, and a clock set meanwhile makes it early or late.
PROVIDE(int, pthread_clockjoin_np, pthread_t thread, void** result, clockid_t clock,
        const struct timespec* deadline) {
  if (base_pthread_timedjoin_np == nullptr) return ENOSYS;
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
  if (deadline == nullptr || clock == CLOCK_REALTIME)
    return base_pthread_timedjoin_np(thread, result, deadline);
  if (deadline->tv_nsec < 0 || deadline->tv_nsec >= second) return EINVAL;
  struct timespec carried_over;
  if (!on_realtime_clock(clock, *deadline, carried_over)) return EINVAL;
  return base_pthread_timedjoin_np(thread, result, &carried_over);
}
