#!/bin/bash
# A program that calls dlmopen for exposed libraries gets a copy of its own in each new namespace, as natively: two
# libraries, one of them twice, and one that is in the program as well, whose constructor opens another one.
. "${0%/*}/lib.sh"

library libfirst.so <<<'int count = 1; int first(void) { return count++; }'
library libsecond.so -ldl <<'EOF'
#include <dlfcn.h>
int count = 5, opened;
__attribute__((constructor)) static void begin(void) { opened = dlopen("libinner.so", RTLD_NOW) != 0; }
int second(void) { return count++ * 10 + opened; }
EOF
library libinner.so <<<''
library libthird.so "$libs/libfirst.so" <<<'int first(void); int third(void) { return first() + 100; }'
program main -Wl,--no-as-needed "$libs/libsecond.so" -ldl <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int second(void);
static int call(const char *file, const char *name) {
  void *library = dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  int (*function)(void) = library ? dlsym(library, name) : NULL;
  if (!library) puts(dlerror());
  return function ? function() : -1;
}
int main(void) {
  CLAIM("of the program", "%d", second());
  CLAIM("the first library", "%d", call("libfirst.so", "first"));
  CLAIM("the same again", "%d", call("libfirst.so", "first"));
  CLAIM("the program's library", "%d", call("libsecond.so", "second"));
  CLAIM("one that needs another", "%d", call("libthird.so", "third"));
  CLAIM("of the program", "%d", second());
}
EOF
for exposed in libfirst.so,libsecond.so,libthird.so libfirst.so,libsecond.so libsecond.so,libthird.so libfirst.so; do
    cp "$libs"/lib{first,third,second,inner}.so "$host"
    LD_LIBRARY_PATH=$host claims_natively_and_in "$exposed" -- ./main <<'EOF'
of the program         => 51
the first library      => 1
the same again         => 1
the program's library  => 51
one that needs another => 101
of the program         => 61
EOF
done
