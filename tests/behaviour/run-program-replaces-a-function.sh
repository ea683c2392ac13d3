#!/bin/bash
# A program, or a preloaded library, that defines a function of the exposed library itself is called
# by that library too, as natively; RTLD_NEXT leads to the tree's.
. "${0%/*}/lib.sh"

library libleveled.so.1 <<'END'
int level(void) { return 1; }
int use(void) { return level(); }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int use(void), level(void);
#ifdef OWN
int level(void) { int (*next)(void) = dlsym(RTLD_NEXT, "level"); return next ? 20 + next() : -1; }
#endif
int main(void) { printf("%d %d", use(), level()); }
END
program preloaded "$libs/libleveled.so.1" -ldl <main.c
at=$host library libpreload.so -DOWN -Dmain=unused <main.c
program own -DOWN -rdynamic "$libs/libleveled.so.1" -ldl <main.c
[[ $(LD_LIBRARY_PATH=$libs ./own) == "21 21" ]] || fail "the fixture is wrong"
"$bulkhead" shim --tree "$tree" --expose libleveled.so.1 -o shims
expect "21 21" env LD_LIBRARY_PATH=shims ./own
expect "21 21" env LD_LIBRARY_PATH=shims LD_PRELOAD="$host/libpreload.so" ./preloaded
