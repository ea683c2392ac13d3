#!/bin/bash
# A tool with thread-local variables is called by a program's own allocator, which asks for the time, as jemalloc in
# redis-server does. (Constructors of the tool come when the program's calls reach it already.)
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

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
