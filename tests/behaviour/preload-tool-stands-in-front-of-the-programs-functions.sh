#!/usr/bin/env bash
# A tool replaces functions of libc's, of a library of the program's and of one that it opens
# later, and goes on to each by dlsym(RTLD_NEXT).
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libgadget.so <<'END'
int gadget(int n) { return n * 10; }
END
tool libplugin.so -L"$host" -lgadget -Wl,-rpath,"$host" <<'END'
int gadget(int);
int plugin(int n) { return gadget(n); }
END
tool libtool.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>
#include <sys/types.h>
uid_t getuid(void) { return ((uid_t (*)(void))dlsym(RTLD_NEXT, "getuid"))() + 1000000; }
int gadget(int n) { return ((int (*)(int))dlsym(RTLD_NEXT, "gadget"))(n) + 1; }
char *(strchr)(const char *s, int c) { return ((char *(*)(const char *, int))dlvsym(RTLD_NEXT, "strchr", "GLIBC_2.2.5"))(s, c) + 1; }
END
program program -L"$host" -lgadget -Wl,-rpath,"$host" -fno-builtin <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int gadget(int);
int main(int count, char **arguments) {
    void *plugin = dlopen(arguments[1], RTLD_NOW);
    printf("%d %d %d %s %d\n", getuid() >= 1000000, gadget(4), ((int (*)(int))dlsym(plugin, "plugin"))(5),
           strchr("a=b", '='), dlsym(RTLD_DEFAULT, "gadget") == (void *)gadget);
    return 0;
}
END
both "1 41 51 b 1" libtool.so -- ./program "$host/libplugin.so"
# Bound at once, too.
LD_BIND_NOW=1 both "1 41 51 b 1" libtool.so -- ./program "$host/libplugin.so"
