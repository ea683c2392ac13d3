#!/bin/bash
# An exposed library that a library of the program opens in its constructor, while exposed libraries that the
# program is linked to wait for their turn, is seen by nobody else.
. "${0%/*}/lib.sh"

library liblinked.so <<<'int linked(void) { return 1; }'
library libopened.so <<<'int value = 9; int opened(void) { return value; }'
library libother.so <<<'int value = 6; int other(void) { return value; }'
at=$host library libopener.so <<'END'
#include <dlfcn.h>
#include "claims.h"
__attribute__((constructor)) static void begin(void) {
  int (*opened)(void) = dlsym(dlopen("libopened.so", RTLD_NOW), "opened");
  CLAIM("what the constructor opens", "%d", opened());
}
END
program main -Wl,--no-as-needed "$libs/liblinked.so" "$host/libopener.so" "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  int (*other)(void) = dlsym(dlopen("libother.so", RTLD_NOW), "other");
  CLAIM("what is opened later sees itself", "%d", other());
  CLAIM("nobody finds the name", "%d", dlsym(RTLD_DEFAULT, "opened") == 0);
}
END
claims_natively_and_in liblinked.so,libopened.so,libother.so -- ./main <<'END'
what the constructor opens => 9
what is opened later sees itself => 6
nobody finds the name => 1
END
