#!/bin/bash
# A function that nobody defines when a library is loaded is found when it is called, in what was opened
# with RTLD_GLOBAL meanwhile: by the program, or inside.
. "${0%/*}/lib.sh"

library liblater.so <<<'int later(void){return 4;} int shadowed(void){return 5;}'
library libcaller.so -Wl,-z,lazy <<<'int later(void), shadowed(void); int calls(void){return later();} int calls_shadowed(void){return shadowed();}'
library libopens.so <<'END'
#include <dlfcn.h>
int opens(void) {
  void *caller = dlopen("libcaller.so", RTLD_LAZY);
  dlopen("liblater.so", RTLD_NOW | RTLD_GLOBAL);
  return ((int (*)(void))dlsym(caller, "calls"))();
}
END
program outside "$libs/libcaller.so" -rdynamic <<'END'
#include <dlfcn.h>
#include "claims.h"
int calls(void), calls_shadowed(void);
int shadowed(void) { return 1; }
int main(void) {
  dlopen("liblater.so", RTLD_NOW | RTLD_GLOBAL);
  CLAIM("opened by the program", "%d", calls());
  CLAIM("defined by the program before", "%d", calls_shadowed());
}
END
claims_natively_and_in libcaller.so,liblater.so -- ./outside <<'END'
opened by the program => 4
defined by the program before => 1
END

program inside "$libs/libopens.so" <<'END'
#include "claims.h"
int opens(void);
int main(void) { CLAIM("opened inside", "%d", opens()); }
END
claims_natively_and_in libopens.so -- ./inside <<<'opened inside => 4'
