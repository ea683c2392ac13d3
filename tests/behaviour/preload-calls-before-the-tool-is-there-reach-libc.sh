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
int sched_get_priority_max(int policy) { return 7; }
END
# Its function is under a version of its own, and called by who asks for none.
echo 'TOOL_1 { global: getppid; };' >map
tool libversioned.so -Wl,--version-script=map <<<'int getppid(void) { return 1000000000; }'
tool libunversioned.so -nostdlib <<<'int getppid(void); int early_parent; __attribute__((constructor)) static void start(void) { early_parent = getppid(); }'
tool libearly.so -fno-builtin <<'END'
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma weak is_ready
int is_ready(void);
static int only_of_tool(void) { return is_ready != NULL; }
size_t early_length;
char early_copy[8];
time_t early_time;
volatile long big[64];
__attribute__((constructor)) static void start(void) {
    early_length = strlen("four") % 100;
    memcpy(early_copy, "copied", 7);
    early_time = time(0);
    if (getenv("EARLY")) {
        size_t length = strlen("four");
        int highest = sched_get_priority_max(0);
        printf("early: %zu %d, ready %d\n", length, highest == 7, only_of_tool() ? is_ready() : -1);
    }
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
# Not the tool's, but libc's; then what only the tool has.
EARLY=1 expect $'early: 4 0, ready 1\n4 copied 104 5' preload "$host/libtool.so" -- ./program

program unversioned "$host/libunversioned.so" -Wl,-rpath,"$host" -Wl,--no-as-needed <<'END'
#include <stdio.h>
extern int early_parent;
int getppid(void);
int main(void) {
    printf("%d\n", early_parent > 0 && early_parent < 1000000000);
    return 0;
}
END
expect 1 preload "$host/libversioned.so" -- ./unversioned
