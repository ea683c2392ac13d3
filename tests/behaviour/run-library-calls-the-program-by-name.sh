#!/bin/bash
# An exposed library that calls functions and reads variables which the program is to define, with
# strong or weak references or by dlsym, finds the program's.
. "${0%/*}/lib.sh"

library libcalls.so.1 -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int wanted(void), maybe(void) __attribute__((weak)), never(void) __attribute__((weak));
extern int severity;
int calls(void) {
  int (*found)(void) = dlsym(RTLD_DEFAULT, "found"), (*again)(void) = dlsym(dlopen(0, RTLD_NOW), "found");
  return wanted() + (maybe ? maybe() : 0) + (never ? 7 : 0) + (found ? found() : 0) + (again == found) * 1000 + severity;
}
END
program main -rdynamic "$libs/libcalls.so.1" <<'END'
#include <stdio.h>
int calls(void), severity = 10000;
int wanted(void) { return 1; }
int maybe(void) { return 20; }
int found(void) { return 300; }
int main(void) { printf("%d", calls()); }
END
[[ $(LD_LIBRARY_PATH=$libs ./main) == 11321 ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
expect 11321 run libcalls.so.1 -- ./main
