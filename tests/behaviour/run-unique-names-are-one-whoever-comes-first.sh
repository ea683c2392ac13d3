#!/bin/bash
# C++'s inline variables are one in the whole process, also of libraries that are opened apart, with
# RTLD_LOCAL: whichever of an exposed library and one of this system's comes first.
. "${0%/*}/lib.sh"

echo 'inline int &count() { static int n; return n; }' >count.h
language=c++ library libcounts.so -I. <<<'
#include "count.h"
extern "C" int counts() { return ++count(); }'
language=c++ at=$host library libother.so -I. <<<'
#include "count.h"
extern "C" int other() { return ++count(); }'
program main -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(int argc, char **argv) {
  void *first = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL), *second = dlopen(argv[3], RTLD_NOW | RTLD_LOCAL);
  int (*one)(void) = dlsym(first, argv[2]), (*two)(void) = dlsym(second, argv[4]);
  one();
  CLAIM("counted by both", "%d", two());
}
END
claims_natively_and_in libcounts.so -- ./main "$host/libother.so" other libcounts.so counts <<<'counted by both => 2'
claims_natively_and_in libcounts.so -- ./main libcounts.so counts "$host/libother.so" other <<<'counted by both => 2'

# One that an exposed library has and does not refer to itself is not the one before somebody looks for it: that
# is then the first in the order of who looks.
unique() { echo "__asm__(\".data\n.globl $1\n.type $1,@gnu_unique_object\n.size $1,4\n$1: .long $2\n.text\");"; }
unique one 1 | library libfirst.so
unique one 2 | library libsecond.so
program asks -Wl,--no-as-needed "$libs/libfirst.so" -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  int *first = dlsym(dlopen("libsecond.so", RTLD_NOW), "one");
  CLAIM("the one that was asked for first", "%d", *first);
  CLAIM("from now on", "%d", *(int *)dlsym(RTLD_DEFAULT, "one"));
}
END
claims_natively_and_in libfirst.so,libsecond.so -- ./asks <<'END'
the one that was asked for first => 2
from now on => 2
END

# Once it is found it is the one, also for a library that asks another one for it.
{ unique one 1; cat <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int *next_one(void) { return dlsym(RTLD_NEXT, "one"); }
int *one_of(const char *library) { return dlsym(dlopen(library, RTLD_LAZY), "one"); }
END
} | library libasker.so
unique one 2 | library liblater.so
program uses -Wl,--no-as-needed "$libs/libasker.so" "$libs/liblater.so" <<'END'
#include "claims.h"
extern int one, *next_one(void), *one_of(const char *);
int main(void) {
  one = 7;
  CLAIM("RTLD_NEXT", "%d", *next_one());
  CLAIM("by a handle", "%d", *one_of("liblater.so"));
}
END
claims_natively_and_in libasker.so,liblater.so -- ./uses <<'END'
RTLD_NEXT => 7
by a handle => 7
END
