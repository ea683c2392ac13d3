// timespec_getres (C23; glibc 2.34): the resolution of a time base, 0 for one that is unknown.
#include <time.h>

#include "provide.h"

PROVIDE(int, timespec_getres, struct timespec* into, int base) {
  clockid_t clock;
  switch (base) {
    case 1: clock = CLOCK_REALTIME; break;            // TIME_UTC
    case 2: clock = CLOCK_MONOTONIC; break;           // TIME_MONOTONIC, since glibc 2.42
    case 3: clock = CLOCK_PROCESS_CPUTIME_ID; break;  // TIME_ACTIVE
    case 4: clock = CLOCK_THREAD_CPUTIME_ID; break;   // TIME_THREAD_ACTIVE
    default: return 0;
  }
  if (into != nullptr && clock_getres(clock, into) != 0) return 0;
  return base;
}
