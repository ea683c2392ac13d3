#!/bin/bash
# Threads that open, call and close libraries in a capsule at the same time, while others
# call the exposed library for the first time.
. "${0%/*}/lib.sh"

for n in 1 2 3 4; do
    library "libdep$n.so" <<<"int dep(void) { return $n; }"
    library "libplugin$n.so" "$libs/libdep$n.so" <<<'int dep(void); int plugin(void) { return dep(); }'
done
library libopener.so.1 -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int use(int n) {
  char name[32];
  sprintf(name, "libplugin%d.so", n);
  void *handle = dlopen(name, n % 2 ? RTLD_NOW : RTLD_LAZY);
  if (!handle) { puts(dlerror()); return -1; }
  int (*plugin)(void) = dlsym(handle, "plugin");
  int right = plugin() == n;
  return dlclose(handle) == 0 && right;
}
END
program main "$libs/libopener.so.1" -pthread -ldl <<END
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static void *body(void *number) {
  // Not linked: eight threads bring the capsule into being.
  void *handle = dlopen("libopener.so.1", RTLD_NOW);
  int (*use)(int) = handle ? dlsym(handle, "use") : NULL;
  long good = 0;
  for (int i = 0; use && i < 50; i++) good += use(((long)number + i) % 4 + 1) == 1;
  return (void *)good;
}
int main(void) {
  pthread_t all[8];
  long sum = 0;
  for (long i = 0; i < 8; i++) pthread_create(&all[i], NULL, body, (void *)i);
  for (int i = 0; i < 8; i++) { void *one; pthread_join(all[i], &one); sum += (long)one; }
  printf("%ld", sum);
}
END
for _ in 1 2 3; do expect 400 run libopener.so.1 -- ./main; done
