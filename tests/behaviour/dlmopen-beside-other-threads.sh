#!/bin/bash
# Namespaces and threads: the process's state of threads is one, threads of libraries in a namespace are threads
# like others, and threads may open, look up, and close at once. (glibc's tst-single_threaded, tst-thrlock,
# tst-latepthread, tst-dl_find_object-threads, tst-dlmopen-gethostbyname.)
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
#include <stdio.h>
#include "dlmopen-plain.h"
extern char __libc_single_threaded __attribute__((weak));
static void *nothing(void *unused) { return 0; }
int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  char *inside = &__libc_single_threaded ? ((char *(*)(void))dlsym(handle, "single"))() : "";
  printf("%d ", &__libc_single_threaded ? *inside : 1);
  pthread_t thread;
  pthread_create(&thread, 0, nothing, 0);
  printf("%d ", &__libc_single_threaded ? *inside : 0);
  pthread_join(thread, 0);
  printf("%d", &__libc_single_threaded ? inside == &__libc_single_threaded : 1);
}
EOF
# The difference: a libc of its own never takes itself for alone.
! glibc_at_least 2.32 || expect "0 0 0" ./single-plain "$host/libthreads.so.1"
expect "1 0 1" ./single "$host/libthreads.so.1"

module libwork.so.1 <<'EOF'
#include <stdlib.h>
static __thread int mine;
int work(void) { free(malloc(100)); return ++mine; }
EOF
module libother.so.1 -Wl,--no-as-needed "$host/libwork.so.1" '-Wl,-rpath,$ORIGIN' <<<'int other(void) { return 1; }'
both race <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include "dlmopen-plain.h"
static char **files;
static Lmid_t space;
static int count_one(struct dl_phdr_info *info, size_t size, void *data) { ++*(int *)data; return 0; }
static void *work(void *number) {
  for (long i = 0; i < 100; ++i) {
    void *handle = bh_dlmopen(i % 4 == 0 ? LM_ID_NEWLM : space, files[1 + (i + (long)number) % 2], RTLD_NOW);
    if (!handle) { printf("%s\n", bh_dlerror()); return "not opened"; }
    int (*function)(void) = (int (*)(void))dlsym(handle, "work");
    if (!function) { puts(dlerror()); return "not found by dlsym"; }
    if (function() < 1) return "the wrong answer";
    Dl_info info;
    if (!dladdr((void *)function, &info)) return "not found";
    int objects = 0;
    dl_iterate_phdr(count_one, &objects);
    if (bh_dlclose(handle) != 0) return "not closed";
  }
  return 0;
}
int main(int count, char **arguments) {
  files = arguments;
  void *keep = bh_dlmopen(LM_ID_NEWLM, arguments[3], RTLD_NOW), *said;
  dlinfo(keep, RTLD_DI_LMID, &space);
  pthread_t threads[4];
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], 0, work, (void *)i);
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], &said);
    if (said) return printf("%s\n", (char *)said);
  }
  puts("done");
}
EOF
module libkeep.so.1 <<<'int keep;'
expect "done" ./race "$host/libwork.so.1" "$host/libother.so.1" "$host/libkeep.so.1"
