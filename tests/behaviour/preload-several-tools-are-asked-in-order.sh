#!/usr/bin/env bash
# Several tools: the first goes on to the second, that to what LD_PRELOAD names, that to libc.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

for name in one two three; do
    tool "lib$name.so" -DNAME="\"$name \"" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
#include <string.h>
#include <sys/types.h>
uid_t getuid(void) {
    write(1, NAME, strlen(NAME));
    return ((uid_t (*)(void))dlsym(RTLD_NEXT, "getuid"))();
}
END
done
# One that goes on to what it finds in libc itself.
tool libhandle.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
#include <sys/types.h>
uid_t getuid(void) {
    write(1, "handle ", 7);
    return ((uid_t (*)(void))dlsym(dlopen("libc.so.6", RTLD_LAZY), "getuid"))();
}
END
program program <<'END'
#include <unistd.h>
int main(void) {
    getuid();
    write(1, "\n", 1);
    return 0;
}
END
both "one two three " libone.so libtwo.so libthree.so -- ./program
both "one handle " libone.so libhandle.so -- ./program
both "two one " libtwo.so libone.so libtwo.so -- ./program
export LD_PRELOAD=$host/libthree.so
expect "two one three " preload "$host/libtwo.so" "$host/libone.so" -- ./program
