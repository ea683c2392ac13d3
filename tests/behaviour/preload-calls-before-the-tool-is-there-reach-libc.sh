#!/usr/bin/env bash
# Constructors of the program's libraries run before the tool is loaded: what they call goes on to
# libc, IFUNCs too; what only the tool has loads it.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so -fno-builtin <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <time.h>
static int ready;
__attribute__((constructor)) static void start(void) { ready = 1; }
int is_ready(void) { return ready; }
size_t strlen(const char *s) { return ((size_t (*)(const char *))dlsym(RTLD_NEXT, "strlen"))(s) + 100; }
void *memcpy(void *to, const void *from, size_t size) {
    return ((void *(*)(void *, const void *, size_t))dlsym(RTLD_NEXT, "memcpy"))(to, from, size);
}
time_t time(time_t *to) { return 5; }
END
tool libearly.so -fno-builtin <<'END'
#include <string.h>
#include <time.h>
size_t early_length;
char early_copy[8];
time_t early_time;
volatile long big[64];
__attribute__((constructor)) static void start(void) {
    early_length = strlen("four") % 100;
    memcpy(early_copy, "copied", 7);
    early_time = time(0);
    for (int i = 0; i < 100000; ++i) strlen("");
}
END
program program -L"$host" -learly -Wl,-rpath,"$host" -fno-builtin <<'END'
#include <stdio.h>
#include <string.h>
#include <time.h>
extern size_t early_length;
extern char early_copy[];
int main(void) {
    printf("%zu %s %zu %ld\n", early_length, early_copy, strlen("four"), (long)time(0));
    return 0;
}
END
both "4 copied 104 5" libtool.so -- ./program
