// Calls the empty function of another library. Built three times: with lazy PLT, with -z now
// and with -fno-plt.
//
//   caller time    prints how many nanoseconds a call takes, with the loop around it
//   caller step    makes one call between two breakpoints, for steps.c
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#define BREAKPOINT() __asm__ volatile("int3" ::: "memory")
#else
#define BREAKPOINT() errx(77, "no breakpoint instruction is known for this CPU")
#endif

void bench_callee(void);

enum { kCalls = 4000000, kBatches = 9 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// The shortest batch: nothing makes a call faster than it is.
static double time_of_a_call(void) {
  double best = 1e18;
  for (int batch = 0; batch < kBatches; ++batch) {
    double start = now();
    for (int i = 0; i < kCalls; ++i) bench_callee();
    double took = now() - start;
    if (took < best) best = took;
  }
  return best / kCalls;
}

int main(int argc, char** argv) {
  bench_callee();  // binds a lazy slot
  if (argc == 2 && strcmp(argv[1], "step") == 0) {
    BREAKPOINT();
    bench_callee();
    BREAKPOINT();
  } else {
    printf("%.4f\n", time_of_a_call());
  }
  return 0;
}
