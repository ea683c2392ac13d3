#!/bin/bash
# A library of this system's that is shared, and that a dlopen brings with an exposed one, begins when everything is
# there: its constructor finds the exposed library's thread-local variables, and those of the libraries before it have run.
. "${0%/*}/lib.sh"

at=$host library libfirst.so <<<'#include <stdio.h>
__attribute__((constructor)) static void begin(void) { puts("first"); }'
at=$host library libshared.so -Wl,--no-as-needed "$host/libfirst.so" <<'END'
#include <stdio.h>
__thread int mine __attribute__((tls_model("initial-exec"))) = 2;
__attribute__((constructor)) static void begin(void) { mine += 10; printf("shared %d\n", mine); }
END
cp "$host"/*.so "$libs"
library libexposed.so -Wl,--no-as-needed "$libs/libshared.so" <<'END'
#include <stdio.h>
__thread int mine = 1;
__attribute__((constructor)) static void begin(void) { printf("exposed %d\n", mine); }
int get(void) { return mine; }
END
program main -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include "claims.h"
int main(void) {
  setbuf(stdout, 0);
  void *handle = dlopen("libexposed.so", RTLD_NOW);
  int (*get)(void) = handle ? (int (*)(void))dlsym(handle, "get") : 0;
  CLAIM("the variable", "%d", get ? get() : -1);
}
END
cat >expected <<'END'
first
shared 11
exposed 11
the variable => 11
END
claims env "LD_LIBRARY_PATH=$libs" ./main <expected
claims env "LD_LIBRARY_PATH=$host" "$bulkhead" run --tree "$tree" --expose libexposed.so --share libshared.so,libfirst.so -- ./main <expected
