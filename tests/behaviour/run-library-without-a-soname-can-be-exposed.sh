#!/bin/bash
# A library without DT_SONAME, which programs open by the name of its file, can be exposed.
. "${0%/*}/lib.sh"

compile "$libs/libnameless.so" -shared -fPIC <<<'int nameless(void) { return 8; }'
program main -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *handle = dlopen("libnameless.so", RTLD_NOW);
  int (*nameless)(void) = handle ? dlsym(handle, "nameless") : NULL;
  printf("%d", nameless ? nameless() : -1);
}
END
[[ $(LD_LIBRARY_PATH=$libs ./main) == 8 ]] || fail "the fixture is wrong"
expect 8 run libnameless.so -- ./main
