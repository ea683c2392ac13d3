#!/bin/bash
# A library of the tree whose function ends in a call of dlopen, so that the return address is its
# caller's, opens the tree's; also where two trees are in the process.
. "${0%/*}/lib.sh"

mkdir -p "$scratch/tree2/usr/lib"
libs2=$scratch/tree2/usr/lib
number=1
for where in "$libs" "$libs2"; do
    at=$where library libplugin.so <<<"int plugin(void) { return $number; }"
    at=$where library "libopener$number.so.1" -O2 -ldl <<END
#include <dlfcn.h>
void *open$number(const char *name) { return dlopen(name, RTLD_NOW); }
END
    number=2
done
program main "$libs/libopener1.so.1" "$libs2/libopener2.so.1" -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
void *open1(const char *), *open2(const char *);
static int call(void *handle) { int (*f)(void) = handle ? dlsym(handle, "plugin") : NULL; return f ? f() : -1; }
int main(void) { printf("%d ", call(open1("libplugin.so"))); printf("%d", call(open2("libplugin.so"))); }
END
"$bulkhead" shim --tree "$tree" --expose libopener1.so.1 -o first
"$bulkhead" shim --tree "$scratch/tree2" --expose libopener2.so.1 -o second
expect "1 2" env LD_LIBRARY_PATH=first:second ./main
