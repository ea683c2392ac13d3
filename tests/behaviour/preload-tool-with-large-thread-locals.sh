#!/usr/bin/env bash
# A tool with more static TLS than glibc keeps for libraries that come late, as jemalloc is.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

[[ $(printf '%s\n' 2.32 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.32 ]] ||
    skip "before glibc 2.32 there is no way to have more static TLS"
tool libtool.so -ftls-model=initial-exec <<'END'
static __thread int numbers[2000] = {1, 2, 3};
int getppid(void) { return numbers[2]++; }
END
program program -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *work(void *unused) { return getppid() + (char *)0; }
int main(void) {
    pthread_t thread;
    void *of_thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, &of_thread);
    getppid();
    printf("%d %d\n", getppid(), (int)(long)of_thread);
    return 0;
}
END
both "4 3" libtool.so -- ./program
# What is there is kept.
GLIBC_TUNABLES=glibc.malloc.check=0 expect "4 3" preload "$host/libtool.so" -- ./program
GLIBC_TUNABLES=glibc.malloc.arena_max=1 preload "$host/libtool.so" -- env >environment
grep -q '^GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.rtld.optional_static_tls=[0-9]*$' environment || fail "$(<environment)"
# Also those of an allocator that are of the ordinary model, natively in static TLS as well.
tool liballocator.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
static __thread int calls[2000];
void *malloc(size_t size) {
    static void *(*next)(size_t);
    if (!next) next = dlsym(RTLD_NEXT, "malloc");
    ++calls[size % 2000];
    return next(size);
}
int getppid(void) { return calls[1001]; }
END
program allocates -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void *work(void *unused) {
    void *volatile memory = malloc(1001);
    return getppid() + (char *)0;
}
int main(void) {
    pthread_t thread;
    void *of_thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, &of_thread);
    void *volatile memory = malloc(1001);
    printf("%d %d\n", getppid(), (int)(long)of_thread);
    return 0;
}
END
both "1 1" liballocator.so -- ./allocates
