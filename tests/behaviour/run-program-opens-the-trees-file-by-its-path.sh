#!/bin/bash
# A program that opens an exposed library by the path of its file in the tree gets the one that is
# there already, not a second one.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int counted; int *count(void) { return ++counted, &counted; }'
library libexposed.so.1 "$libs/libprivate.so" <<<'int *count(void); int exposed(void) { return *count(); }'
cat >main.c <<END
#include <dlfcn.h>
#include <stdio.h>
#ifdef LINKED
int exposed(void);
#endif
static int call(void *handle) { int (*f)(void) = handle ? dlsym(handle, "exposed") : NULL; return f ? f() : -1; }
int main(void) {
  void *name = dlopen("libexposed.so.1", RTLD_NOW), *path = dlopen("$libs/libexposed.so.1", RTLD_NOW);
  printf("%d ", call(name));
  printf("%d %d", call(path), name == path);
}
END
program main "-Wl,-rpath-link,$libs" -ldl <main.c
[[ $(LD_LIBRARY_PATH=$libs ./main) == "1 2 1" ]] || fail "the fixture is wrong"
expect "1 2 1" run libexposed.so.1 -- ./main
