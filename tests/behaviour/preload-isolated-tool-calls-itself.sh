#!/usr/bin/env bash
# An isolated tool, and a library that it needs, call a function that the tool replaces: they reach
# the tool, as natively; also where the function is one that is the program's in every isolated capsule.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libhelper.so <<'END'
#include <stdlib.h>
#include <unistd.h>
const char *helper(void) { return getenv("NAME"); }
int helpers_id(void) { return getppid(); }
END
tool libtool.so "$host/libhelper.so" -Wl,-rpath,"$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
const char *helper(void);
int helpers_id(void);
char *getenv(const char *name) {
    char *(*next)(const char *) = dlsym(RTLD_NEXT, "getenv");
    return next("OTHER_NAME");
}
pid_t getppid(void) { return 7; }
int gettid(void) { return helpers_id() + getppid() + (getenv("NAME") == helper()); }
pid_t getsid(pid_t of) { return helper()[0]; }
END
program program <<'END'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    setenv("OTHER_NAME", "y", 1);
    printf("%s %d %c\n", getenv("NAME"), gettid(), getsid(0));
    return 0;
}
END
export NAME=x
LD_PRELOAD=$host/libtool.so expect "y 15 y" ./program
expect "y 15 y" preload --isolated "$host/libtool.so" -- ./program
