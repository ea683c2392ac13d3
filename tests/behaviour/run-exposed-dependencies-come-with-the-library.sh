#!/bin/bash
# What an exposed library needs, directly or by way of private libraries, comes with it: the program, its libraries
# and plugins find symbols of it without listing it, by reference, in the global scope and by handle.
. "${0%/*}/lib.sh"

library libdeep.so.1 <<<'int deep(void) { return 3; } int wrapped(void) { return 30; } int deep_value = 300;'
library libprivate.so.1 -Wl,--no-as-needed "$libs/libdeep.so.1" <<<'int hidden(void) { return 1; }'
library libtop.so.1 -Wl,--no-as-needed "$libs/libprivate.so.1" <<<'int top(void) { return 5; }'
# Asked for by another name than it calls itself; without a SONAME; in a circle.
compile "$libs/liblink.so" -shared -fPIC -Wl,-soname,liblink.so.1 <<<'int link_(void) { return 7; }'
ln -s liblink.so "$libs/liblink.so.1"
compile "$libs/libnameless.so" -shared -fPIC <<<'int nameless(void) { return 8; }'
library libround.so.1 <<<''
library libcircle.so.1 -Wl,--no-as-needed "$libs/libround.so.1" "-L$libs" -l:liblink.so -l:libnameless.so <<<'int circle(void) { return 9; }'
library libround.so.1 -Wl,--no-as-needed "$libs/libcircle.so.1" <<<'int circle(void); int round_(void) { return circle() + 1; }'

# A library of the program, bound at once, that lists only what is directly above.
at=$host library libunderlinked.so.1 -Wl,--no-as-needed "$libs/libtop.so.1" -Wl,-z,now <<'END'
int deep(void);
extern int deep_value;
int *value = &deep_value;
static int early;
__attribute__((constructor)) static void start(void) { early = deep(); }
int underlinked(void) { return early + *value; }
END
at=$host library libplugin.so.1 <<<'int deep(void); int plugin(void) { return deep(); }'

program main -Wl,--no-as-needed "$host/libunderlinked.so.1" "-Wl,-rpath,$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int underlinked(void);
int wrapped(void) { int (*next)(void) = dlsym(RTLD_NEXT, "wrapped"); return next ? 1 + next() : -1; }
static int called(void *handle, const char *name) { int (*f)(void) = dlsym(handle, name); return f ? f() : -1; }
static int opened(const char *file, const char *name) {
  void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return handle ? called(handle, name) : -2;
}
int main(int count, char **arguments) {
  CLAIM("by reference", "%d", underlinked());
  CLAIM("RTLD_DEFAULT", "%d", called(RTLD_DEFAULT, "deep"));
  CLAIM("dlopen(NULL)", "%d", called(dlopen(0, RTLD_NOW), "deep"));
  CLAIM("RTLD_NEXT", "%d", wrapped());
  CLAIM("by handle", "%d", opened("libtop.so.1", "deep"));
  CLAIM("by handle of a library above", "%d", opened(arguments[1], "deep"));
  CLAIM("by a plugin", "%d", opened(arguments[2], "plugin"));
  CLAIM("loaded", "%s", dlopen("libdeep.so.1", RTLD_NOW | RTLD_NOLOAD) ? "yes" : "no");
  CLAIM("opened later: by another name", "%d", opened("libcircle.so.1", "link_"));
  CLAIM("opened later: without a SONAME", "%d", opened("libcircle.so.1", "nameless"));
  CLAIM("opened later: in a circle", "%d", opened("libcircle.so.1", "round_"));
  CLAIM("the other way round", "%d", opened("libround.so.1", "circle"));
  HOLDS("one address", dlsym(RTLD_DEFAULT, "deep") == dlsym(dlopen("libdeep.so.1", RTLD_NOW), "deep"));
}
END
claims_natively_and_in libtop.so.1,libdeep.so.1,libcircle.so.1,libround.so.1,liblink.so.1,libnameless.so -- \
    ./main "$host/libunderlinked.so.1" "$host/libplugin.so.1" <<'END'
by reference                    => 303
RTLD_DEFAULT                    => 3
dlopen(NULL)                    => 3
RTLD_NEXT                       => 31
by handle                       => 3
by handle of a library above    => 3
by a plugin                     => 3
loaded                          => yes
opened later: by another name   => 7
opened later: without a SONAME  => 8
opened later: in a circle       => 10
the other way round             => 9
one address                     => yes
END
