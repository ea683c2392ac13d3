#!/bin/bash
# A dlopen that fails after it has brought an exposed library, and with that a library that is shared, leaves the shared
# one so that the next dlopen of it gives it with its constructors run.
. "${0%/*}/lib.sh"

at=$host library libshared.so <<'END'
static int value;
__attribute__((constructor)) static void begin(void) { value = 42; }
int shared(void) { return value; }
END
cp "$host"/*.so "$libs"
library libexposed.so -Wl,--no-as-needed "$libs/libshared.so" <<<'int shared(void); int get(void) { return shared(); }'
at=$host library libbad.so -Wl,--no-as-needed "$libs/libexposed.so" <<<'int nobodys(void); int bad(void) { return nobodys(); }'
cp "$host/libbad.so" "$libs"
program main -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
static int ask(const char *file, const char *name) {
  void *handle = dlopen(file, RTLD_NOW);
  int (*get)(void) = handle ? (int (*)(void))dlsym(handle, name) : 0;
  return get ? get() : -1;
}
int main(void) {
  HOLDS("the bad one opened", dlopen("libbad.so", RTLD_NOW) != 0);
  CLAIM("the shared one's value", "%d", ask("libshared.so", "shared"));
  CLAIM("as the exposed one has it", "%d", ask("libexposed.so", "get"));
}
END
cat >expected <<'END'
the bad one opened => no
the shared one's value => 42
as the exposed one has it => 42
END
claims env "LD_LIBRARY_PATH=$libs" ./main <expected
claims env "LD_LIBRARY_PATH=$host" "$bulkhead" run --tree "$tree" --expose libexposed.so --share libshared.so -- ./main <expected
