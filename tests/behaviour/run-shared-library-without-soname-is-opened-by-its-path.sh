#!/bin/bash
# A shared library that has no SONAME goes by its file's name. A library of the tree that opens it by its path gets the
# program's, as it does with one that has a name of its own; another file of that name is another library.
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins"
nameless() { echo "int number(void) { static int n = $2; return n++; }" | compile "$1/libnameless.so" -shared -fPIC; }
nameless "$libs" 1
nameless "$host" 1
nameless "$libs/plugins" 100
library libopens.so <<'END'
#include <dlfcn.h>
static int of(const char *path) {
  void *handle = dlopen(path, RTLD_NOW);
  int (*number)(void) = handle ? (int (*)(void))dlsym(handle, "number") : 0;
  return number ? number() : -1;
}
int beside(void) { return of("$ORIGIN/libnameless.so"); }
int below(void) { return of("$ORIGIN/plugins/libnameless.so"); }
END
program main "$libs/libopens.so" "-L$libs" -l:libnameless.so <<'END'
#include "claims.h"
int number(void), beside(void), below(void);
int main(void) {
  CLAIM("the program's", "%d", number());
  CLAIM("opened by its path", "%d", beside());
  CLAIM("another file of that name", "%d", below());
  CLAIM("and again the program's", "%d", number());
}
END
cat >expected <<'END'
the program's => 1
opened by its path => 2
another file of that name => 100
and again the program's => 3
END
claims env "LD_LIBRARY_PATH=$libs" ./main <expected
claims env "LD_LIBRARY_PATH=$host" "$bulkhead" run --tree "$tree" --expose libopens.so --share libnameless.so -- ./main <expected
