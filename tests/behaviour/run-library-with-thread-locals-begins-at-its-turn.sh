#!/bin/bash
# A library of the program's that defines an exposed library's thread-local variable takes its place, and its
# constructor, which calls the exposed library, is not run before that one can be called.
. "${0%/*}/lib.sh"

library libexposed.so <<<'__thread int each = 19; int get(void) { return each; } int *address(void) { return &each; }'
at=$host library libearlier.so "$libs/libexposed.so" <<'END'
#include "claims.h"
__thread int each = 15;
int get(void), *address(void);
__attribute__((constructor)) static void begin(void) {
  CLAIM("what the constructor gets", "%d", get());
  CLAIM("it is the library's own", "%d", address() == &each);
}
END
program main -Wl,--no-as-needed "$host/libearlier.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int main(void) { CLAIM("main", "runs"); }
END
claims_natively_and_in libexposed.so -- ./main <<'END'
what the constructor gets => 15
it is the library's own => 1
main => runs
END

# The same where the program opens that library.
program opens -Wl,--no-as-needed "-Wl,-rpath,$host" <<END
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *library = dlopen("$host/libearlier.so", RTLD_NOW);
  CLAIM("it is opened", "%d", library != 0);
}
END
claims_natively_and_in libexposed.so -- ./opens <<'END'
what the constructor gets => 15
it is the library's own => 1
it is opened => 1
END
