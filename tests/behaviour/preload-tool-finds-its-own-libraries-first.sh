#!/usr/bin/env bash
# For a name that a tool does not replace, dlsym(RTLD_NEXT) and dlsym(RTLD_DEFAULT) find what its own
# libraries have, then what the program has; with a libc of its own as well.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libhelper.so <<<'int value(void) { return 1; }'
tool libprograms.so <<'END'
int value(void) { return 2; }
int only_of_program(void) { return 3; }
END
tool libtool.so -Wl,--no-as-needed "$host/libhelper.so" -Wl,--as-needed -Wl,-rpath,"$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
static int call(void *handle, const char *name) {
    int (*function)(void) = dlsym(handle, name);
    return function ? function() : 9;
}
int getppid(void) {
    return 1000 * call(RTLD_NEXT, "value") + 100 * call(RTLD_DEFAULT, "value") + 10 * call(RTLD_NEXT, "only_of_program") +
           call(RTLD_DEFAULT, "only_of_program");
}
END
program program "$host/libprograms.so" -Wl,-rpath,"$host" <<'END'
#include <stdio.h>
#include <unistd.h>
int value(void);
int main(void) {
    printf("%d %d\n", getppid(), value());
    return 0;
}
END
expect "1133 2" preload "$host/libtool.so" -- ./program
expect "1133 2" preload --isolated "$host/libtool.so" -- ./program
