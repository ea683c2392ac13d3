#!/bin/bash
# A program opens more libraries with thread-local variables than ld.so's list has room for at first (62).
. "${0%/*}/lib.sh"

names=
for ((i = 0; i < 70; i++)); do
    library "libmany$i.so" <<<"__thread int many$i = $i; int get(void) { return many$i; }"
    names+=,libmany$i.so
done
program main <<'C'
#include <dlfcn.h>
#include <stdio.h>
#include "claims.h"
int main(void) {
  int sum = 0;
  for (int i = 0; i < 70; ++i) {
    char name[32];
    sprintf(name, "libmany%d.so", i);
    void *library = dlopen(name, RTLD_NOW);
    if (library == NULL) puts(dlerror());
    else sum += ((int (*)(void))dlsym(library, "get"))();
  }
  CLAIM("all of them", "%d", sum);
}
C
claims_natively_and_in "${names#,}" -- ./main <<<'all of them => 2415'
