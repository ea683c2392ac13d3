#!/bin/bash
# A static program gets nothing itself, since no dynamic linker is started for it; what it starts gets the tree's library. One
# line says so. A tool to be preloaded, which would replace functions of the program itself, is refused.
. "${0%/*}/lib.sh"
library libthing.so.1 <<<'int thing(void) { return 7; }'
at=$host library libthing.so.1 <<<'int thing(void) { return 1; }'
program started "$host/libthing.so.1" "-Wl,-rpath,$host" <<<'int thing(void); int main(void) { return thing(); }'
compile launcher -static <<'END' || skip "there is no static libc"
#include <unistd.h>
int main(void) { execl("./started", "started", (char *)0); return 2; }
END

status=0
run libthing.so.1 -- ./launcher 2>said.txt || status=$?
[[ $status == 7 ]] || fail "what the launcher starts ends with $status: $(<said.txt)"
[[ $(<said.txt) == "bulkhead: ./launcher is statically linked and gets nothing itself: "* ]] || fail "said: $(<said.txt)"
# With the shims of the start before; and another program there is looked at anew.
run libthing.so.1 -- ./launcher 2>said.txt && fail "the second time natively"
[[ $(wc -l <said.txt) == 1 ]] || fail "the second time: $(<said.txt)"
mv started launcher
status=0
run libthing.so.1 -- ./launcher 2>said.txt || status=$?
[[ $status == 7 && ! -s said.txt ]] || fail "a dynamic program in the launcher's place: $status, $(<said.txt)"

compile alone -static <<<'int main(void) { return 3; }'
run libthing.so.1 -- ./alone 2>said.txt && fail "it was not started"
refuses "alone: is statically linked" -- "$bulkhead" preload "$libs/libthing.so.1" -- ./alone
refuses "is bulkhead itself.*--config" -- run libthing.so.1 -- "$bulkhead" run true
