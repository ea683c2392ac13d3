#!/bin/bash
# Thread-local variables of a tool are there from the beginning of each thread, so that a tool that
# is an allocator, or that an allocator calls, can use one: its first use must not ask for memory.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

# The most ordinary tracer of malloc. A library that it calls has such a variable, too.
tracer() { # NAME OPTION…
    tool "lib$1-depth.so" "${@:2}" <<'END'
static __thread int depth;
int enter(void) { return depth++; }
void leave(void) { depth--; }
END
    tool "lib$1.so" "$host/lib$1-depth.so" "-Wl,-rpath,$host" "${@:2}" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>
int enter(void);
void leave(void);
static __thread int inside, own = 7;
static _Atomic long count, wrong;
static void *(*next_malloc)(size_t);
static void (*next_free)(void *);
void *malloc(size_t size) {
    if (!next_malloc) next_malloc = dlsym(RTLD_NEXT, "malloc");
    if (!inside) {
        inside = 1;
        if (enter() == 0) ++count;
        if (own != 7) ++wrong;
        leave();
        inside = 0;
    }
    return next_malloc(size);
}
void free(void *memory) {
    if (!next_free) next_free = dlsym(RTLD_NEXT, "free");
    next_free(memory);
}
__attribute__((destructor)) static void end(void) {
    const char *text = count < 16000 ? "not counted\n" : wrong ? "wrong\n" : "counted\n";
    write(1, text, strlen(text));
}
END
}
program threads -pthread <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
static void *work(void *unused) {
    for (int i = 0; i < 100; i++) free(strdup("hello"));
    return malloc(10);
}
int main(void) {
    for (int round = 0; round < 20; round++) {
        pthread_t threads[8];
        for (int i = 0; i < 8; i++) pthread_create(&threads[i], 0, work, 0);
        for (int i = 0; i < 8; i++) {
            void *memory;
            pthread_join(threads[i], &memory);
            free(memory);
        }
    }
    return 0;
}
END
for dialect in gnu gnu2; do
    tracer $dialect -mtls-dialect=$dialect
    both counted lib$dialect.so -- ./threads
done
# Two of them, the first of which calls the second.
both $'counted\ncounted' libgnu.so libgnu2.so -- ./threads
