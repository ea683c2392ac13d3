#!/usr/bin/env bash
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

# One with more libraries that have such variables than ld.so keeps places for in a thread's table
# of them: it must have been made larger before the tool is called.
{
    for ((i = 0; i < 20; ++i)); do
        tool libpart$i.so <<<"static __thread int calls; int part$i(void) { return ++calls; }"
        echo "int part$i(void);"
    done
    echo '#define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stddef.h>
        void *malloc(size_t size) {
            static void *(*next)(size_t);
            if (!next) next = dlsym(RTLD_NEXT, "malloc");'
    for ((i = 0; i < 20; ++i)); do echo "part$i();"; done
    echo 'return next(size);
        }
        int equal(void) { return part0() == part19(); }'
} >parts.c
tool libparts.so "$host"/libpart[0-9]*.so "-Wl,-rpath,$host" <parts.c
program parts -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
int equal(void) __attribute__((weak));
static void *work(void *unused) { return malloc(10); }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, 0);
    puts(equal() ? "equal" : "different");
    return 0;
}
END
both equal libparts.so -- ./parts

# A program with an allocator of its own that asks for the time, as jemalloc in redis-server does.
# (Constructors of the tool come when the program's calls reach it already.)
tool libtime.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>
static __thread long calls;
int clock_gettime(clockid_t clock, struct timespec *time) {
    time->tv_sec = ++calls;
    return 0;
}
__attribute__((constructor)) static void start(void) {
    long (*programs_time)(void) = dlsym(RTLD_DEFAULT, "programs_time");
    if (programs_time() != calls) write(1, "too early\n", 10);
}
END
program own-allocator -pthread -rdynamic <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static char room[1 << 26];
static _Atomic size_t used;
void *malloc(size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    size = (size + 31) & ~(size_t)15;
    char *memory = room + __atomic_fetch_add(&used, size, __ATOMIC_RELAXED);
    *(size_t *)memory = size - 16;
    return memory + 16;
}
void free(void *memory) {}
void *calloc(size_t count, size_t size) { return malloc(count * size); }
void *realloc(void *memory, size_t size) {
    char *moved = malloc(size);
    if (memory) {
        size_t old = ((size_t *)memory)[-2];
        memcpy(moved, memory, old < size ? old : size);
    }
    return moved;
}
long programs_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}
static void *work(void *unused) {
    void *volatile memory = malloc(1);
    return (char *)0 + programs_time();
}
int main(void) {
    pthread_t thread;
    void *calls;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, &calls);
    printf("%ld\n", (long)calls);
    return 0;
}
END
both 2 libtime.so -- ./own-allocator
