#!/bin/bash
# A library that a deep-bound one needs (RTLD_DEEPBIND) makes another one global (RTLD_GLOBAL).
. "${0%/*}/lib.sh"

library libglobal.so <<<'int global(void) { return 17; } int also(void) { return 5; }'
library libneeded.so -Wl,-z,lazy <<'C'
#include <dlfcn.h>
int also(void);
int opens(void) {
  void *library = dlopen("libglobal.so", RTLD_NOW | RTLD_GLOBAL);
  return library ? ((int (*)(void))dlsym(library, "global"))() + also() : -1;
}
C
library libdeep.so -Wl,--no-as-needed "$libs/libneeded.so" <<<''
library libhost.so <<'C'
#include <dlfcn.h>
int host(void) { return ((int (*)(void))dlsym(dlopen("libdeep.so", RTLD_LAZY | RTLD_DEEPBIND), "opens"))(); }
C
program main "$libs/libhost.so" <<'C'
#include "claims.h"
int host(void);
int main(void) { CLAIM("from a library that a deep-bound one needs", "%d", host()); }
C
claims_natively_and_in libhost.so -- ./main <<<'from a library that a deep-bound one needs => 22'
