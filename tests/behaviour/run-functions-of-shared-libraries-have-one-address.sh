#!/bin/bash
# A program at fixed addresses has PLT entries that are the addresses of functions which it imports:
# those of libc and of other shared libraries, for the exposed library too.
. "${0%/*}/lib.sh"

at=$host library libshared.so <<<'int shared(void) { return 3; }'
cp "$host/libshared.so" "$libs/"
library libcompares.so "$libs/libshared.so" <<'END'
#include <stdlib.h>
int shared(void);
int is_free(void (*function)(void *)) { return function == free; }
int is_shared(int (*function)(void)) { return function == shared; }
int calls(void) { free(malloc(9)); return shared(); }
END
cat >main.c <<'END'
#include "claims.h"
#include <stdlib.h>
int is_free(void (*)(void *)), is_shared(int (*)(void)), calls(void), shared(void);
int main(void) {
  HOLDS("libc's function", is_free(free));
  HOLDS("a shared library's function", is_shared(shared));
  CLAIM("calls of both", "%d", calls());
}
END
for options in "-no-pie -fno-pie" "-pie -fpie"; do
    # shellcheck disable=SC2086 # two options
    program main $options "$libs/libcompares.so" "$host/libshared.so" "-Wl,-rpath,$host" <main.c
    claims_natively_and_in libcompares.so --share libshared.so -- ./main <<'END'
libc's function             => yes
a shared library's function => yes
calls of both               => 3
END
done
