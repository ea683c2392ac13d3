#!/bin/bash
# What an exposed library needs of this system's libraries comes with it, as natively: to a caller
# that names only the exposed library, and to dlsym on its handle.
. "${0%/*}/lib.sh"

library libexposed.so.1 -fno-builtin -Wl,--no-as-needed -lm <<<'double cosh(double); int exposed(void) { return cosh(0); }'
at=$host library libunderlinked.so -fno-builtin "$libs/libexposed.so.1" <<'END'
double sinh(double);
int exposed(void);
int underlinked(void) { return exposed() + sinh(0); }
END
program main -Wl,--no-as-needed "$host/libunderlinked.so" "$libs/libexposed.so.1" "-Wl,-rpath,$host" -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int underlinked(void);
int main(void) {
  HOLDS("by dlsym on its handle", dlsym(dlopen("libexposed.so.1", RTLD_NOW), "tanh"));
  CLAIM("by a caller that does not name it", "%d", underlinked());
}
END
claims_natively_and_in libexposed.so.1 -- ./main <<'END'
by dlsym on its handle            => yes
by a caller that does not name it => 1
END
