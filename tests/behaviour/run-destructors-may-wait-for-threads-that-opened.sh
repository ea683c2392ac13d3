#!/bin/bash
# A thread opens an exposed library, which brings a shared one, and ends while a destructor, in a dlclose, waits for it.
. "${0%/*}/lib.sh"

at=$host library libshared.so <<<'int shared(void) { return 1; }'
cp "$host"/*.so "$libs"
library libexposed.so -Wl,--no-as-needed "$libs/libshared.so" <<<'int get(void) { return 5; }'
at=$host library libworker.so -pthread <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
static pthread_t thread;
static sem_t go, ready;
static void *work(void *unused) {
  void *handle = dlopen("libexposed.so", RTLD_NOW);
  printf("opened => %s\n", handle ? "yes" : "no");
  sem_post(&ready);
  sem_wait(&go);
  return 0;
}
void start(void) {
  sem_init(&go, 0, 0);
  sem_init(&ready, 0, 0);
  pthread_create(&thread, 0, work, 0);
  sem_wait(&ready);
}
__attribute__((destructor)) static void end(void) {
  sem_post(&go);
  pthread_join(thread, 0);
  puts("joined => yes");
}
END
cp "$host/libworker.so" "$libs"
program main -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  setbuf(stdout, 0);
  void *worker = dlopen("libworker.so", RTLD_NOW);
  ((void (*)(void))dlsym(worker, "start"))();
  dlclose(worker);
  HOLDS("closed", 1);
}
END
cat >expected <<'END'
opened => yes
joined => yes
closed => yes
END
claims timeout 20 env "LD_LIBRARY_PATH=$libs" ./main <expected
claims timeout 20 env "LD_LIBRARY_PATH=$host" "$bulkhead" run --tree "$tree" --expose libexposed.so --share libshared.so -- ./main <expected
