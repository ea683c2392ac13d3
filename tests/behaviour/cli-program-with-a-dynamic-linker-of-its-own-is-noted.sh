#!/bin/bash
# A program whose PT_INTERP is another dynamic linker: the plan is made with the glibc that
# lies beside it, and says so; without one there it says that it may be wrong.
. "$(dirname "$0")/cli.bash"
mkdir own
linker=$(readlink -f "$(readelf -l program | sed -n 's/.*interpreter: \(.*\)\]/\1/p')")
libc=$(ldd ./program | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')
cp "$linker" own/ld.so
cc -x c - -o with-own "-Wl,--dynamic-linker=$PWD/own/ld.so" <<<'int main(void) { return 0; }'
explain() { "$bulkhead" explain --tree tree --expose libthing.so.1 -- "$@" >said || fail "explain finds fault: $(<said)"; }
explain ./program
grep -q 'started by' said && fail "it notes this system's own"
explain ./with-own
grep -qF "is started by $PWD/own/ld.so, which is not this system's dynamic linker, and has no libc.so.6" said || fail "no note in: $(<said)"
cp "$libc" own/
explain ./with-own
grep -qF "is started by $PWD/own/ld.so, which is not this system's dynamic linker: the plan is made with the glibc beside it" said || fail "no note in: $(<said)"
grep -qE "^libc.so.6 +shared +$PWD/own/libc.so.6 " said || fail "another libc.so.6 in: $(<said)"
