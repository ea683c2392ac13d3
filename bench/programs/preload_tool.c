// A tool that is made for LD_PRELOAD: it stands in front of the measured function, and goes on to it.
#define _GNU_SOURCE
#include <dlfcn.h>

static void (*next)(void);

__attribute__((constructor)) static void begin(void) {
  next = (void (*)(void))dlsym(RTLD_NEXT, "bench_callee");
}

void bench_callee(void);
void bench_callee(void) { next(); }
