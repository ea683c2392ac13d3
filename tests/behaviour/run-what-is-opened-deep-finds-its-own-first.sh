#!/bin/bash
# What the program opens with RTLD_DEEPBIND looks into what came with it first, as natively: also by
# dlsym(RTLD_DEFAULT), and where it exports no name itself that tells how it was opened.
. "${0%/*}/lib.sh"

library libneeded.so <<<'int name = 1; int getegid(void) { return -1; }'
library libdeep.so -Wl,--no-as-needed "$libs/libneeded.so" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int *deep(void) { return dlsym(RTLD_DEFAULT, "name"); }
END
library libquiet.so -Wl,--no-as-needed -lc "$libs/libneeded.so" <<<'int getegid(void); int quiet(void) { return getegid(); }'
library libnone.so </dev/null
cp "$libs/libneeded.so" "$host"
program main -Wl,-E -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int name = 2;
int getegid(void) { return -2; }
static int *ask(int mode) {
  int *(*deep)(void) = dlsym(dlopen("libdeep.so", mode), "deep");
  return deep();
}
int main(int count, char **arguments) {
  dlopen("libnone.so", RTLD_NOW);  // of the first one nobody knows how it was called
  CLAIM("by dlsym", "%d", *ask(RTLD_NOW | (count > 1 ? RTLD_DEEPBIND : 0)));
  int (*quiet)(void) = dlsym(dlopen("libquiet.so", RTLD_NOW | (count > 1 ? RTLD_DEEPBIND : 0)), "quiet");
  HOLDS("libc's own", quiet() >= 0);
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libdeep.so,libquiet.so,libnone.so --share libneeded.so -- ./main <<'END'
by dlsym   => 2
libc's own => no
END
claims_natively_and_in libdeep.so,libquiet.so,libnone.so --share libneeded.so -- ./main deep <<'END'
by dlsym   => 1
libc's own => yes
END
