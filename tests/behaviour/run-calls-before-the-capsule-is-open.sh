#!/bin/bash
# Exposed functions can be called before any constructor of the shim has run: from
# DT_PREINIT_ARRAY, from constructors that come first, whatever the link order. As natively the library's own
# constructors have not run then.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<END
static int ready;
__attribute__((constructor)) void start(void) { ready = 1; }
int answer(int n) { return ready ? n + 1 : -1; }
END
cat >early.c <<END
int answer(int);
int early_answer;
__attribute__((constructor)) void early(void) { early_answer = answer(41); }
END
at=$host library libearly.so "$libs/libexposed.so.1" <early.c
at=$host library libfirst.so -Wl,-z,initfirst "$libs/libexposed.so.1" <early.c
# Nothing says that this one needs the exposed library: it may be initialised before.
at=$host library libunderlinked.so <early.c
cat >main.c <<END
#include "claims.h"
int answer(int);
__attribute__((weak)) extern int early_answer;
int before_all;
void preinit(void) { before_all = answer(1); }
__attribute__((section(".preinit_array"))) void *entry = preinit;
int main(void) {
  CLAIM("in a library's constructor", "%d", &early_answer ? early_answer : 0);
  CLAIM("in .preinit_array", "%d", before_all);
  CLAIM("in main", "%d", answer(2));
}
END
as_natively() { # RESULT-IN-PREINIT COMMAND…
    LD_LIBRARY_PATH=$libs "${@:2}" >wanted.txt
    grep -q "preinit_array.*=> $1" wanted.txt || fail "the fixture is wrong: $(<wanted.txt)"
    hold wanted.txt run libexposed.so.1 -- "${@:2}"
}
for early in libearly.so libfirst.so libunderlinked.so; do
    program main -Wl,--no-as-needed -Wl,-rpath,"$host" "$host/$early" "$libs/libexposed.so.1" <main.c
    as_natively -1 ./main
    program main -Wl,--no-as-needed -Wl,-rpath,"$host" "$libs/libexposed.so.1" "$host/$early" <main.c
    as_natively -1 ./main
    as_natively -1 env LD_BIND_NOW=1 ./main
done
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o shims
program main "$libs/libexposed.so.1" <main.c
LD_LIBRARY_PATH=$libs LD_PRELOAD=$host/libearly.so ./main >wanted.txt
hold wanted.txt env LD_LIBRARY_PATH=shims LD_PRELOAD="$host/libearly.so" ./main
