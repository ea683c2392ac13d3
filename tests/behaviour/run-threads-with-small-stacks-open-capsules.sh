#!/bin/bash
# A thread with the smallest stack that there is can open a capsule, by dlopen or by the first call,
# and libraries inside.
. "${0%/*}/lib.sh"

library libplugin.so <<<'int plugin(int n) { return n; }'
library libinside.so.1 -ldl <<'END'
#include <dlfcn.h>
int inside(int n) {
  void *handle = dlopen("libplugin.so", RTLD_NOW);
  int (*plugin)(int) = handle ? dlsym(handle, "plugin") : 0;
  return plugin ? plugin(n) + 1 : -1;
}
END
cat >main.c <<'END'
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#ifdef EARLY
int inside(int);
#endif
static void *result;
static void *body(void *unused) {
#ifdef EARLY
  int (*f)(int) = inside;
#else
  void *handle = dlopen("libinside.so.1", RTLD_NOW);
  int (*f)(int) = handle ? dlsym(handle, "inside") : NULL;
#endif
  return (void *)(long)(f ? f(1) : -1);
}
static void start(void) {
  pthread_t thread;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, sysconf(_SC_THREAD_STACK_MIN));
  pthread_create(&thread, &small, body, NULL);
  pthread_join(thread, &result);
}
#ifdef EARLY
__attribute__((section(".preinit_array"))) void (*entry)(void) = start;
int main(void) {
#else
int main(void) {
  start();
#endif
  printf("%ld", (long)result);
}
END
program early -DEARLY "$libs/libinside.so.1" -pthread <main.c
program late -pthread -ldl <main.c
for name in early late; do
    [[ $(LD_LIBRARY_PATH=$libs ./$name) == 2 ]] || fail "the fixture is wrong"
    expect 2 run libinside.so.1 -- ./$name
done
