#!/bin/bash
# Threads that call an exposed library before it is open all wait until it is; threads
# that are older than a capsule have its thread-locals; first calls come while signals arrive.
. "${0%/*}/lib.sh"

library libprivate.so <<<'__thread int each = 1; __thread char large[5000]; int bump(void) { large[each] = 1; return ++each; }'
library libinside.so.1 "$libs/libprivate.so" <<'END'
#include <unistd.h>
int bump(void);
__attribute__((constructor)) static void start(void) { for (int i = 0; i < 100; i++) usleep(500); }
int one(int n) { return n; }
int two(int n) { return n + 1; }
int count(int n) { int last = 0; while (n--) last = bump(); return last; }
END
program early "$libs/libinside.so.1" -pthread <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include "claims.h"
#include <sys/time.h>
int one(int), two(int);
static pthread_t threads[16];
static atomic_int sum, hits;
static void hit(int number) { hits++; }
static void *body(void *number) { sum += (long)number % 2 ? one(1) : two(1); return NULL; }
static void start(void) {
  struct sigaction action = {.sa_handler = hit, .sa_flags = SA_RESTART};
  struct itimerval often = {{0, 500}, {0, 500}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  for (long i = 0; i < 16; i++) pthread_create(&threads[i], NULL, body, (void *)i);
}
__attribute__((section(".preinit_array"))) void (*entry)(void) = start;
int main(void) {
  for (int i = 0; i < 16; i++) pthread_join(threads[i], NULL);
  CLAIM("sum of all threads", "%d", sum);
  HOLDS("interrupted meanwhile", hits > 10);
}
END
printf '%s\n' "sum of all threads => 24" "interrupted meanwhile => yes" >wanted.txt
for _ in 1 2 3; do hold wanted.txt run libinside.so.1 -- ./early; done

program late -pthread -ldl <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static int (*volatile count)(int);
static pthread_barrier_t barrier;
static void *body(void *unused) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  return (void *)(long)count(100);
}
int main(void) {
  pthread_t threads[8];
  long sum = 0;
  pthread_barrier_init(&barrier, NULL, 9);
  for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, body, NULL);
  pthread_barrier_wait(&barrier);
  void *handle = dlopen("libinside.so.1", RTLD_NOW);
  count = dlsym(handle, "count");
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 8; i++) { void *one; pthread_join(threads[i], &one); sum += (long)one; }
  printf("%ld", sum);
}
END
[[ $(LD_LIBRARY_PATH=$libs ./late) == 808 ]] || fail "the fixture is wrong"
expect 808 run libinside.so.1 -- ./late
