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
#include "claims.h"
#include <string.h>
#include <unistd.h>
int gadget(int);
int main(int count, char **arguments) {
    void *plugin = dlopen(arguments[1], RTLD_NOW);
    HOLDS("a function of libc's", getuid() >= 1000000);
    CLAIM("a function of a library's", "%d", gadget(4));
    CLAIM("called by what was opened later", "%d", ((int (*)(int))dlsym(plugin, "plugin"))(5));
    CLAIM("a function that is an IFUNC", "%s", strchr("a=b", '='));
    HOLDS("one address", dlsym(RTLD_DEFAULT, "gadget") == (void *)gadget);
    return 0;
}
END
cat >wanted.txt <<'END'
a function of libc's            => yes
a function of a library's       => 41
called by what was opened later => 51
a function that is an IFUNC     => b
one address                     => yes
END
both_make_true libtool.so -- ./program "$host/libplugin.so" <wanted.txt
# Bound at once, too.
LD_BIND_NOW=1 both_make_true libtool.so -- ./program "$host/libplugin.so" <wanted.txt
