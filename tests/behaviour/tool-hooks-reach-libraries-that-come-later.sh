#!/usr/bin/env bash
# A library that the program opens later is hooked before its constructors run, and so is what it needs: found by
# path, by RUNPATH of the caller, with RTLD_GLOBAL and RTLD_DEEPBIND; unloaded and loaded again. A function that
# comes with a later library is hooked from then on. What dlopen does and says stays as it was.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libneeded.so <<'END'
#include <unistd.h>
int early_needed;
__attribute__((constructor)) static void start(void) { early_needed = getppid(); }
int needed(void) { return getppid(); }
END
module liblater.so "$host/libneeded.so" "-Wl,-rpath,$host" <<'END'
#include <unistd.h>
extern int early_needed;
int needed(void), early;
int of_later(void) { return 5; }
int call_later(void) { return of_later(); }
__attribute__((constructor)) static void start(void) { early = getppid(); }
int sum(void) { return early + early_needed + needed() + getppid(); }
END
tool libtool.so <<'END'
#include "tool.h"
static int (*original)(void);
static int seven(void) { return original() == getppid() ? 7 : -1000; }
static int (*original_later)(void);
static int later(void) { return original_later() + 100; }
__attribute__((constructor)) static void start(void) {
    hook("getppid", seven, &original);
    hook("of_later", later, &original_later);
    if (original_later) _exit(8);
}
END
mkdir other
program main "-Wl,-rpath,$host" -Wl,--enable-new-dtags <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static void use(const char *file, int mode) {
    void *library = dlopen(file, mode);
    if (!library) { printf("%s\n", dlerror()); return; }
    int (*sum)(void) = (int (*)(void))dlsym(library, "sum");
    int (*call_later)(void) = (int (*)(void))dlsym(library, "call_later");
    printf("%d %d %d ", sum() == 28, call_later(), dlopen(file, RTLD_NOW | RTLD_NOLOAD) == library);
    printf("%d ", dlsym(RTLD_DEFAULT, "call_later") != 0);
    dlclose(library), dlclose(library);
    printf("%d\n", dlopen(file, RTLD_NOW | RTLD_NOLOAD) != 0);
}
int main(int count, char **arguments) {
    use(arguments[1], RTLD_NOW);
    use("liblater.so", RTLD_LAZY);
    use("liblater.so", RTLD_NOW | RTLD_DEEPBIND);
    use("liblater.so", RTLD_NOW | RTLD_GLOBAL);
    use("libnone.so", RTLD_NOW);
    printf("%d\n", dlopen(0, RTLD_NOW) != 0);
    return 0;
}
END
missing="libnone.so: cannot open shared object file: No such file or directory
1"
expect "0 5 1 0 0
0 5 1 0 0
0 5 1 0 0
0 5 1 1 1
$missing" ./main "$host/liblater.so"
with_tool "1 105 1 0 0
1 105 1 0 0
1 105 1 0 0
1 105 1 1 1
$missing" libtool.so ./main "$host/liblater.so"
