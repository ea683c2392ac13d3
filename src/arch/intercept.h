// Intercepted system calls, by CPU: the registers, the frame, the entries. See machine.h.
#pragma once

#if defined(__x86_64__)
#include "arch/intercept_x86_64.h"
#else
#error \
    "bulkhead: system calls of this CPU cannot be intercepted yet; see src/arch/intercept_x86_64.h"
#endif
