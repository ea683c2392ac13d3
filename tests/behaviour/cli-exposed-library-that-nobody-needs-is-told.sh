#!/bin/bash
# An exposed library that the program does not need: a note, if the program may open it or start another program; a
# warning, if it can do neither.
. "${0%/*}/lib.sh"
library libthing.so.1 <<<'int thing(void) { return 7; }'
library libother.so.1 <<<'int other(void) { return 8; }'
at=$host library libthing.so.1 <<<'int thing(void) { return 1; }'
program user "$host/libthing.so.1" "-Wl,-rpath,$host" <<<'int thing(void); int main(void) { return thing() - 7; }'
program opener -ldl <<<'#include <dlfcn.h>
int main(void) { return dlopen("libother.so.1", RTLD_NOW) == 0; }'
program alone <<<'int main(void) { return 0; }'

run libother.so.1 -- ./alone 2>said.txt || fail "$?"
[[ $(<said.txt) == "bulkhead: warning: ./alone: needs nothing of what is exposed (libother.so.1), and neither opens libraries nor starts programs: "* ]] ||
    fail "said: $(<said.txt)"
run libother.so.1 -- ./alone 2>said.txt || fail "the second time: $?"
grep -q 'needs nothing of what is exposed' said.txt || fail "silent the second time"
for quiet in "libother.so.1 -- ./opener" "libthing.so.1,libother.so.1 -- ./user"; do
    # shellcheck disable=SC2086
    run $quiet 2>said.txt || fail "$quiet: $?"
    [[ ! -s said.txt ]] || fail "$quiet: $(<said.txt)"
done
"$bulkhead" explain --tree "$tree" -e libthing.so.1,libother.so.1 -- ./user >plan.txt || fail "$(<plan.txt)"
grep -q '^  ./user does not need libother.so.1: it counts if' plan.txt || fail "$(<plan.txt)"
"$bulkhead" explain --tree "$tree" -e libother.so.1 -- ./alone >plan.txt || fail "$(<plan.txt)"
grep -q 'warning: ./alone: needs nothing of what is exposed' plan.txt || fail "$(<plan.txt)"
