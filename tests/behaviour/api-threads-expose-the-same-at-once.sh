#!/bin/bash
# Threads that open a capsule with exposed libraries at the same moment all get it: none is told that the program has
# such a library already because another one was faster.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

for number in {0..11}; do
    library "libany$number.so.1" <<<"int any(void) { return $number; }"
done

caller together <<'EOF'
#include "api-calls.h"
#include <pthread.h>
enum { kThreads = 6, kTurns = 12 };
static const char *tree;
static pthread_barrier_t barrier;
static bh_capsule *capsules[kThreads][kTurns];
static void *open_all(void *number) {
  for (int turn = 0; turn < kTurns; ++turn) {
    char name[20];
    snprintf(name, sizeof name, "libany%d.so.1", turn);
    pthread_barrier_wait(&barrier);
    capsules[(long)number][turn] = capsule_with(OPTIONS(.tree = tree, .name = name, .expose = NAMES(name)));
  }
  return 0;
}
int main(int count, char **arguments) {
  pthread_t threads[kThreads];
  tree = arguments[1];
  pthread_barrier_init(&barrier, 0, kThreads);
  for (long i = 0; i < kThreads; ++i) pthread_create(&threads[i], 0, open_all, (void *)i);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], 0);
  for (int i = 0; i < kThreads * kTurns; ++i)
    if (capsules[i % kThreads][i / kThreads] != capsules[0][i / kThreads]) return 2;
  void *handle = dlopen("libany7.so.1", RTLD_NOW);
  if (!handle || ((int (*)(void))dlsym(handle, "any"))() != 7) return 3;
  puts("all have it");
}
EOF
for ((turn = 0; turn < 5; ++turn)); do expect "all have it" ./together "$tree"; done
