#!/bin/bash
# A library marked to begin before all others (-z initfirst) that a program opens, and that is the only exposed one it brings:
# the private libraries that it needs begin after it, as natively.
. "${0%/*}/lib.sh"

library libprivate.so <<<'#include <stdio.h>
__attribute__((constructor)) static void begin(void) { puts("the private one begins"); }'
library libfirst.so -Wl,-z,initfirst -Wl,--no-as-needed "$libs/libprivate.so" <<<'#include <stdio.h>
__attribute__((constructor)) static void begin(void) { puts("the first one begins"); }'
program main -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  setbuf(stdout, 0);
  HOLDS("opened", dlopen("libfirst.so", RTLD_NOW) != 0);
}
END
claims_natively_and_in libfirst.so -- ./main <<'END'
opened => the first one begins
the private one begins
yes
END
