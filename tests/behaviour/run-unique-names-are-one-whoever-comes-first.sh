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
