#!/bin/bash
# Of a program that ld.so is called by hand for, a preloaded tool's plan is made with what --library-path finds: a later start
# with another path gets interposers of its own.
. "${0%/*}/lib.sh"
mkdir has lacks
at=has library libtwo.so.1 <<<'int two(void) { return 2; }'
at=lacks library libtwo.so.1 <<<'int other(void) { return 2; }'
at=$host library libtool.so <<<'#include <stdlib.h>
int abs(int x) { return x + 1; }'
compile user -fno-builtin-abs -Wl,--no-as-needed has/libtwo.so.1 <<<'#include <stdio.h>
int abs(int); int main(void) { printf("%d", abs(5)); return 0; }'
linker=$(readelf -lW user | sed -n 's/.*interpreter: \(.*\)]/\1/p')

# The directory in the cache that a start uses.
used() { # DIRECTORY
    "$bulkhead" preload -v "$host/libtool.so" -- "$linker" --library-path "$1" ./user 2>said.txt >out.txt || fail "with $1: $? $(<said.txt)"
    [[ $(<out.txt) == 6 ]] || fail "with $1 it printed $(<out.txt)"
    sed -n 's/.*interposers [^:]*: //p' said.txt
}
first=$(used "$PWD/has") other=$(used "$PWD/lacks") again=$(used "$PWD/has")
[[ -n $first && $first == "$again" ]] || fail "the same path, and other interposers: $first, $again"
[[ $first != "$other" ]] || fail "another path, and the same interposers: $first"
