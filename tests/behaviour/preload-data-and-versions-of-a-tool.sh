#!/usr/bin/env bash
# A tool replaces a variable, and one version of a function whose other versions stay.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

printf 'V_1 { global: versioned; };\nV_2 { global: versioned; } V_1;\n' >map
tool libwidget.so -Wl,--version-script=map <<'END'
int mode = 1;
int *mode_here(void) { return &mode; }
int old(void) { return 1; }
int new(void) { return 2; }
__asm__(".symver old,versioned@V_1");
__asm__(".symver new,versioned@@V_2");
END
printf 'V_1 { global: versioned; mode; };\n' >toolmap
tool libtool.so -Wl,--version-script=toolmap <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int mode = 5;
int mine(void) { return 10 + ((int (*)(void))dlvsym(RTLD_NEXT, "versioned", "V_1"))(); }
__asm__(".symver mine,versioned@@V_1");
END
tool libusesold.so "$host/libwidget.so" <<'END'
int uses_old(void);
__asm__(".symver versioned,versioned@V_1");
int versioned(void);
int uses_old(void) { return versioned(); }
END
program program -L"$host" -lusesold -lwidget -Wl,-rpath,"$host" -fPIC -pie <<'END'
#include "claims.h"
extern int mode;
int uses_old(void), versioned(void), *mode_here(void);
int main(void) {
    mode += 1;
    CLAIM("an old version, which the tool replaces", "%d", uses_old());
    CLAIM("the newest version", "%d", versioned());
    CLAIM("a variable", "%d", mode);
    CLAIM("that variable in its library", "%d", *mode_here());
    return 0;
}
END
both_make_true libtool.so -- ./program <<'END'
an old version, which the tool replaces => 11
the newest version                      => 2
a variable                              => 6
that variable in its library            => 6
END
