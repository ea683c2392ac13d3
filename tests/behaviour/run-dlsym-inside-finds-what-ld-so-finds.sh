#!/bin/bash
# dlsym by an exposed library finds what ld.so takes for a definition: the place by which a program at a fixed
# address knows a function whose address it takes; and, next to its own, what the program has opened with RTLD_GLOBAL.
. "${0%/*}/lib.sh"

library libother.so <<<'int other(void) { return 1; } int same(void) { return 2; }'
library libasks.so -Wl,--no-as-needed "$libs/libother.so" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int later(void) { return 3; }
void *by_default(void) { return dlsym(RTLD_DEFAULT, "other"); }
void *by_next(void) { return dlsym(RTLD_NEXT, "later"); }
END
at=$host library liblater.so <<<'int later(void) { return 4; }'
program main -fno-pic -no-pie -Wl,--no-as-needed "$libs/libasks.so" "$libs/libother.so" -ldl <<END
#include <dlfcn.h>
#include "claims.h"
int other(void);
void *by_default(void), *by_next(void);
int main(void) {
  HOLDS("one address of a function", by_default() == (void *)other);
  HOLDS("nothing is next", by_next() == NULL);
  void *local = dlopen("$host/liblater.so", RTLD_NOW);
  HOLDS("what is local is not", by_next() == NULL);
  dlopen("$host/liblater.so", RTLD_NOW | RTLD_GLOBAL);
  int (*next)(void) = by_next();
  CLAIM("what is global is", "%d", next ? next() : -1);
}
END
claims_natively_and_in libasks.so,libother.so -- ./main <<'END'
one address of a function => yes
nothing is next => yes
what is local is not => yes
what is global is => 4
END

# What the program is linked to does not see what it opens later, unless that is global.
library liblow.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
void *of_upper(void) { dlerror(); return dlsym(RTLD_DEFAULT, "upper"); }
END
library libup.so -Wl,--no-as-needed "$libs/liblow.so" <<<'int upper(void) { return 5; }'
program later -Wl,--no-as-needed "$libs/liblow.so" -ldl <<'END'
#include <dlfcn.h>
#include <string.h>
#include "claims.h"
void *of_upper(void);
int main(void) {
  dlopen("libup.so", RTLD_NOW);
  HOLDS("not found", of_upper() == NULL);
  HOLDS("and that is said", strstr(dlerror(), "undefined symbol: upper"));
  dlopen("libup.so", RTLD_NOW | RTLD_GLOBAL);
  HOLDS("found", of_upper() != NULL);
}
END
claims_natively_and_in liblow.so,libup.so -- ./later <<'END'
not found => yes
and that is said => yes
found => yes
END
