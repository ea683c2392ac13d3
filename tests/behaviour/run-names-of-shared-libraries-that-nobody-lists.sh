#!/bin/bash
# An exposed library uses functions and variables of a shared library that only the program lists, as natively.
. "${0%/*}/lib.sh"

library libshared.so <<<'int number = 7; int count(void) { static int n; return ++n; }'
cp "$libs/libshared.so" "$host"
library libuses.so <<'END'
int count(void);
extern int number;
int counted(void) { return count(); }
int *address(void) { return &number; }
END
program main -Wl,--no-as-needed "$libs/libuses.so" "$libs/libshared.so" <<'END'
#include "claims.h"
int count(void), counted(void), *address(void);
extern int number;
int main(void) {
  CLAIM("the program counts", "%d", count());
  CLAIM("the exposed library goes on", "%d", counted());
  HOLDS("one variable", address() == &number);
  CLAIM("its value", "%d", *address());
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libuses.so --share libshared.so -- ./main <<'END'
the program counts          => 1
the exposed library goes on => 2
one variable                => yes
its value                   => 7
END
