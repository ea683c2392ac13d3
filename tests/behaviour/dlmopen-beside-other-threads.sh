#!/bin/bash
# Threads of libraries in a namespace are threads like others, and the process's state of threads is one. (glibc's
# tst-single_threaded, tst-thrlock, tst-latepthread, tst-dlmopen-gethostbyname.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

# __libc_single_threaded came with glibc 2.32.
module libthreads.so.1 -pthread <<'EOF'
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
extern char __libc_single_threaded __attribute__((weak));
char *single(void) { return &__libc_single_threaded; }
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int begun;
static void begin(void) { begun = 1; }
static void *work(void *number) {
  pthread_once(&once, begin);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  errno = 5;
  return malloc(1000);
}
int starts_threads(void) {
  pthread_t threads[4];
  void *memory;
  for (int i = 0; i < 4; ++i)
    if (pthread_create(&threads[i], 0, work, 0) != 0) return -1;
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], &memory);
    free(memory);
  }
  return begun;
}
int knows_hosts(void) {
  struct hostent *host = gethostbyname("127.0.0.1");
  return host && host->h_length == 4 && host->h_addr[0] == 127;
}
EOF
both_do <<'EOF'
open t + libthreads.so.1  => ok
call t knows_hosts        => 1
call t starts_threads     => 1
open u + libthreads.so.1  => ok
call u starts_threads     => 1
call u knows_hosts        => 1
close t                   => ok
close u                   => ok
open t + libthreads.so.1  => ok
call t starts_threads     => 1
end                       =>
EOF

both single <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include "claims.h"
#include "dlmopen-plain.h"
extern char __libc_single_threaded __attribute__((weak));
static void *nothing(void *unused) { return 0; }
int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  char *inside = &__libc_single_threaded ? ((char *(*)(void))dlsym(handle, "single"))() : "";
  CLAIM("inside, one thread", "%d", &__libc_single_threaded ? *inside : 1);
  pthread_t thread;
  pthread_create(&thread, 0, nothing, 0);
  CLAIM("inside, two threads", "%d", &__libc_single_threaded ? *inside : 0);
  pthread_join(thread, 0);
  HOLDS("one variable", &__libc_single_threaded ? inside == &__libc_single_threaded : 1);
}
EOF
# The difference: a libc of its own never takes itself for alone.
! glibc_at_least 2.32 || claims ./single-plain "$host/libthreads.so.1" <<'END'
inside, one thread  => 0
inside, two threads => 0
one variable        => no
END
claims ./single "$host/libthreads.so.1" <<'END'
inside, one thread  => 1
inside, two threads => 0
one variable        => yes
END
