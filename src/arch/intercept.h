// Intercepted system calls, by CPU: the registers, the frame, the entries. See machine.h.
#pragma once

#if defined(__x86_64__)
#include "arch/x86_64/intercept.h"
#else
#error \
    "bulkhead: system calls of this CPU cannot be intercepted yet; see src/arch/x86_64/intercept.h"
#endif
