#!/bin/bash
# bulkhead shim --portable: shims name the libraries in which glibc had dlopen and threads before 2.34;
# without, only where this system's glibc is that old.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int exposed(void) { return 5; }'
program main "$libs/libexposed.so.1" <<<'int exposed(void); int main(void) { return exposed() != 5; }'
brings() { readelf -d "$1/libexposed.so.1" | grep -c 'NEEDED.*\(libdl.so.2\|libpthread.so.0\)' || true; }
"$bulkhead" shim --portable --tree "$tree" --expose libexposed.so.1 -o portable >/dev/null
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o plain >/dev/null
[[ $(brings portable) == 2 ]] || fail "the shim does not bring them: $(readelf -d portable/libexposed.so.1)"
wanted=2
! grep -q GLIBC_2.34 "$(gcc -print-file-name=libc.so.6)" || wanted=0
[[ $(brings plain) == "$wanted" ]] || fail "it brings: $(readelf -d plain/libexposed.so.1)"
LD_LIBRARY_PATH=portable ./main || fail "the program fails with portable shims"
LD_LIBRARY_PATH=plain ./main || fail "the program fails with plain shims"
