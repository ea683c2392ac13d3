#!/bin/bash
# What a library of the tree opened with RTLD_GLOBAL is found by dlsym(RTLD_DEFAULT) and
# dlopen(NULL) inside, as it is found by libraries that are opened later.
. "${0%/*}/lib.sh"

library libgiver.so <<<'int given(void) { return 6; }'
library libneeds.so <<<'int given(void); int needs(void) { return given() + 1; }'
library libinside.so.1 -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
void all(void) {
  void *giver = dlopen("libgiver.so", RTLD_NOW);
  HOLDS("opened without: not found", dlsym(RTLD_DEFAULT, "given") == NULL);
  giver = dlopen("libgiver.so", RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  int (*needs)(void) = dlsym(dlopen("libneeds.so", RTLD_NOW), "needs");
  CLAIM("used by a library that is opened later", "%d", needs());
  HOLDS("found by RTLD_DEFAULT", dlsym(RTLD_DEFAULT, "given") == dlsym(giver, "given"));
  HOLDS("found by dlopen(NULL)", dlsym(dlopen(NULL, RTLD_NOW), "given") == dlsym(giver, "given"));
}
END
program main "$libs/libinside.so.1" <<<'void all(void); int main(void) { all(); }'
claims_natively_and_in libinside.so.1 -- ./main <<'END'
opened without: not found              => yes
used by a library that is opened later => 7
found by RTLD_DEFAULT                  => yes
found by dlopen(NULL)                  => yes
END
