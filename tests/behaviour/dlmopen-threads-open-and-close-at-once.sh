#!/bin/bash
# Threads open, look up, list and close in namespaces at once. (glibc's tst-dl_find_object-threads.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

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
