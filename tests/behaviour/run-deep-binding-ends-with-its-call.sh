#!/bin/bash
# That the program has opened something with RTLD_DEEPBIND, or RTLD_GLOBAL, means nothing for what it opens next by dlmopen.
. "${0%/*}/lib.sh"

library libexposed.so <<<'int who(void) { return 3; } int ask(void) { return who(); }'
library libquiet.so <<<'int quiet(void) { return 4; }'
library libzero.so <<<'int zero(void) { return 0; }'
at=$host library libplain.so <<<'int plain;'
cp "$host/libplain.so" "$libs"
program main -rdynamic -ldl -Wl,--no-as-needed "$libs/libzero.so" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int who(void) { return 1; }
int main(void) {
  dlopen("libplain.so", RTLD_NOW | RTLD_DEEPBIND);
  void *exposed = dlmopen(LM_ID_BASE, "libexposed.so", RTLD_NOW);
  int (*ask)(void) = exposed ? (int (*)(void))dlsym(exposed, "ask") : 0;
  CLAIM("the exposed one means", "%d", ask ? ask() : -1);
  dlopen("libplain.so", RTLD_NOW | RTLD_GLOBAL);
  dlmopen(LM_ID_BASE, "libquiet.so", RTLD_NOW);
  HOLDS("the quiet one is everybody's", dlsym(RTLD_DEFAULT, "quiet") != 0);
}
END
cat >expected <<'END'
the exposed one means => 1
the quiet one is everybody's => no
END
claims env "LD_LIBRARY_PATH=$libs:$host" ./main <expected
claims env "LD_LIBRARY_PATH=$host" "$bulkhead" run --tree "$tree" --expose libexposed.so,libzero.so,libquiet.so -- ./main <expected
