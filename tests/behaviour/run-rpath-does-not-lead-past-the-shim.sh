#!/bin/bash
# DT_RPATH comes before LD_LIBRARY_PATH: the shim is preloaded then, for this program alone.
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2016 # the dynamic linker expands it
origin='$ORIGIN/own'
mkdir own
at=$scratch/own library libthing.so.1 <<<'int thing(void) { return 1; } int table[2] = {3, 1};'
library libthing.so.1 <<<'int thing(void) { return 2; } int table[2] = {3, 2}; int last(void) { return table[1]; }'
cat >main.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
int thing(void);
extern int table[2];
int main(int count, char** arguments) {
    int (*last)(void) = dlsym(RTLD_DEFAULT, "last");
    printf("%d %d %d\n", thing(), table[1], last ? last() : -1);
    fflush(stdout);
    if (count > 1) system("echo \"preloaded: $LD_PRELOAD\"");
}
END
program prog own/libthing.so.1 -Wl,--disable-new-dtags,-rpath,"$origin" <main.c
expect $'2 2 2\npreloaded: ' run libthing.so.1 -- ./prog child
expect $'2 2 2\npreloaded: ' run libthing.so.1 -- ./prog child
library libpreloaded.so <<<''
expect $'2 2 2\npreloaded: '"$libs/libpreloaded.so" env "LD_PRELOAD=$libs/libpreloaded.so" "$bulkhead" run --tree "$tree" --expose libthing.so.1 -- ./prog child
"$bulkhead" explain --tree "$tree" --expose libthing.so.1 -- ./prog >said
grep -q '^  libthing.so.1 is preloaded: a DT_RPATH would lead' said || fail "no note in: $(<said)"
! grep '^warning' said || fail "a warning of what works"

# What is not needed but may be opened by its name is not loaded for nothing; that is said.
program opens -Wl,--disable-new-dtags,-rpath,"$origin" <<<'int main(void) { return 0; }'
run libthing.so.1 -- ./opens 2>said
grep -q 'warning: .*DT_RPATH .*own/libthing.so.1' said || fail "no warning in: $(<said)"

# A DT_RUNPATH bypasses nothing.
program prog own/libthing.so.1 -Wl,--enable-new-dtags,-rpath,"$origin" <main.c
expect '2 2 2' run libthing.so.1 -- ./prog
"$bulkhead" explain --tree "$tree" --expose libthing.so.1 -- ./prog >said
! grep -q 'RPATH' said || fail "a DT_RUNPATH bypasses nothing"

# Nor is anything preloaded for a DT_RPATH in which ld.so does not look for it: the order stays the program's.
at=$host library libearlier.so -Wl,--disable-new-dtags,-rpath,'$ORIGIN' <<<'int same(void) { return 1; }'
library liblater.so <<<'int same(void) { return 2; } int later(void) { return same(); }'
cp "$libs/liblater.so" "$host/"
program ordered -Wl,--no-as-needed "$host/libearlier.so" "$host/liblater.so" "-Wl,--enable-new-dtags,-rpath,$host" <<'END'
#include "claims.h"
int later(void);
int main(void) { CLAIM("the first in the program's order", "%d", later()); }
END
claims_natively_and_in liblater.so -- ./ordered <<<"the first in the program's order => 1"
