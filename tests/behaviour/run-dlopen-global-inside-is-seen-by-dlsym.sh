#!/bin/bash
# What a library of the tree opened with RTLD_GLOBAL is found by dlsym(RTLD_DEFAULT) and
# dlopen(NULL) inside, as it is found by libraries that are opened later.
. "${0%/*}/lib.sh"

library libgiver.so <<<'int given(void) { return 6; }'
library libneeds.so <<<'int given(void); int needs(void) { return given() + 1; }'
library libinside.so.1 -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
void all(void) {
  void *giver = dlopen("libgiver.so", RTLD_NOW);
  printf("%d ", dlsym(RTLD_DEFAULT, "given") == NULL);
  giver = dlopen("libgiver.so", RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  int (*needs)(void) = dlsym(dlopen("libneeds.so", RTLD_NOW), "needs");
  printf("%d ", needs());
  printf("%d %d", dlsym(RTLD_DEFAULT, "given") == dlsym(giver, "given"), dlsym(dlopen(NULL, RTLD_NOW), "given") == dlsym(giver, "given"));
}
END
program main "$libs/libinside.so.1" <<<'void all(void); int main(void) { all(); }'
[[ $(LD_LIBRARY_PATH=$libs ./main) == "1 7 1 1" ]] || fail "the fixture is wrong"
expect "1 7 1 1" run libinside.so.1 -- ./main
