#!/usr/bin/env bash
# An isolated tool that replaces dlopen, setlocale and fork goes on to the program's: what it opens so
# is the program's, the program's locale is set, and the child is a child.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libplugin.so <<<'int plugin(void) { return 5; }'
tool libtool.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>
#include <unistd.h>
static int calls;
void *dlopen(const char *file, int mode) {
    ++calls;
    return ((void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen"))(file, mode);
}
char *setlocale(int category, const char *locale) {
    ++calls;
    return ((char *(*)(int, const char *))dlsym(RTLD_NEXT, "setlocale"))(category, locale);
}
pid_t fork(void) {
    ++calls;
    return ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))();
}
pid_t getppid(void) { return calls; }
END
program program <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>
#include "claims.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments) {
    if (dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL) == NULL) return 1;
    int (*plugin)(void) = dlsym(RTLD_DEFAULT, "plugin");
    setlocale(LC_ALL, "C.UTF-8");
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(getppid());
    waitpid(child, &status, 0);
    CLAIM("a plugin, opened by the tool", "%d", plugin());
    CLAIM("the locale", "%s", setlocale(LC_CTYPE, NULL));
    CLAIM("its characters", "%zu", MB_CUR_MAX);
    CLAIM("calls that a child's tool has seen", "%d", WEXITSTATUS(status));
    return 0;
}
END
LD_PRELOAD=$host/libtool.so claims ./program "$host/libplugin.so" <<'END'
a plugin, opened by the tool        => 5
the locale                          => C.UTF-8
its characters                      => 6
calls that a child's tool has seen  => 3
END
hold claims.txt preload --isolated "$host/libtool.so" -- ./program "$host/libplugin.so"
