#!/bin/bash
# Thread-local variables of libraries in a namespace in threads of before and after the opening, at once, while libraries
# come and go; and in an allocator of the program's that dlopen calls.
# (glibc's tst-tls20, 21, 23, tst-recursive-tls, tst-thrlock, tst-latepthread.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

variable dynamic global-dynamic
variable local local-dynamic
variable static initial-exec
variable page global-dynamic -DALIGNED=4096 -DSIZE=5000
variable wide initial-exec -DALIGNED=64 -DSIZE=64
both threads <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
static pthread_barrier_t opened;
static int (*bump)(void), (*sound)(void);
static void *work(void *unused) {
  pthread_barrier_wait(&opened);
  for (int i = 0; i < 100; ++i)
    if (bump() != 8 + i) return "the wrong variable";
  return sound() ? "sound" : "not sound";
}
static int round_of(const char *file) {
  pthread_t early[4], late;
  void *said;
  pthread_barrier_init(&opened, 0, 5);
  for (int i = 0; i < 4; ++i) pthread_create(&early[i], 0, work, 0);
  void *handle = bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  if (!handle) return printf("%s", bh_dlerror());
  bump = dlsym(handle, "bump");
  sound = dlsym(handle, "is_sound");
  pthread_barrier_wait(&opened);
  for (int i = 0; i < 4; ++i) {
    pthread_join(early[i], &said);
    if (strcmp(said, "sound") != 0) return printf("early: %s\n", said);
  }
  pthread_barrier_init(&opened, 0, 1);
  pthread_create(&late, 0, work, 0);
  pthread_join(late, &said);
  if (strcmp(said, "sound") != 0) return printf("late: %s\n", said);
  return bh_dlclose(handle);
}
int main(int count, char **arguments) {
  for (int i = 0; i < 8; ++i)
    for (int file = 1; file < count; ++file)
      if (round_of(arguments[file]) != 0) return 1;
  puts("sound");
}
EOF
agree sound threads "$host"/lib{dynamic,local,static,page,wide}.so.1

# An own allocator that has thread-local variables, which dlopen and the thread's first use call.
both allocator <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "dlmopen-plain.h"
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
static __thread int calls;
void *malloc(size_t size) { ++calls; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { ++calls; return __libc_calloc(count, size); }
int main(int count, char **arguments) {
  for (int i = 0; i < 3; ++i) {
    void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
    if (!handle) return 1;
    printf("%d ", ((int (*)(void))dlsym(handle, "bump"))());
    bh_dlclose(handle);
  }
}
EOF
agree "8 8 8 " allocator "$host/libdynamic.so.1"
