#!/bin/bash
# --on-failure native, where the tree is gone when the program runs: several threads that ask at once get this system's
# libraries.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int counter = 5; int exposed(void) { return 42; } int only_there(void) { return 1; }'
library libsecond.so.1 <<<'int second_data = 1; int second(void) { return 1; }'
native() { at=$host library "$@"; }
# It interposes nothing of its own, needs the other exposed one, and uses both in its constructor.
native libsecond.so.1 <<<'int second_data; __thread int own_of_thread = 5; int second(void) { return 100; }
static __attribute__((constructor)) void start(void) { second_data = 30; }'
# shellcheck disable=SC2016 # the dynamic linker expands it
native libexposed.so.1 "$host/libsecond.so.1" '-Wl,--enable-new-dtags,-rpath,$ORIGIN' <<'END'
extern int second_data;
extern __thread int own_of_thread; // which no shim has
int second(void);
int counter = 7;
static int seen;
int own(void) { return counter; }
int exposed(void) { return seen; }
static __attribute__((constructor)) void start(void) { seen = own() * 1000 + second() + second_data + own_of_thread; counter++; }
END
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1,libsecond.so.1 --on-failure native -o shims
mv "$tree" away
export LD_LIBRARY_PATH=$scratch/shims:$host
program threads -pthread <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static void *call(void *name) {
  void *handle = dlopen(name, RTLD_NOW);
  int (*function)(void) = dlsym(handle, name == "libsecond.so.1" ? "second" : "exposed");
  return (void *)(long)function();
}
int main(void) {
  pthread_t threads[8];
  long sum = 0;
  void *result;
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, call, i % 2 ? "libsecond.so.1" : "libexposed.so.1");
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], &result), sum += (long)result;
  printf("%ld", sum);
}
END
for _ in 1 2 3 4 5; do expect "$((4 * 7135 + 4 * 100))" ./threads; done
