#!/bin/bash
# A program that opens libfoo.so, a link to the exposed libfoo.so.1 as development packages have it,
# gets the exposed library.
. "${0%/*}/lib.sh"

library libreal.so.1 <<<'int real(void) { return 8; }'
ln -s libreal.so.1 "$libs/libreal.so"
program main -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *link = dlopen("libreal.so", RTLD_NOW), *library = dlopen("libreal.so.1", RTLD_NOW);
  printf("%d", link != NULL && link == library);
}
END
[[ $(LD_LIBRARY_PATH=$libs ./main) == 1 ]] || fail "the fixture is wrong"
expect 1 run libreal.so.1,libreal.so -- ./main
expect 1 run libreal.so.1 -- ./main
