#!/bin/bash
# A version that the file it is expected in does not define stops ld.so, even if each symbol
# is found elsewhere: it is named before the program starts.
. "$(dirname "$0")/cli.bash"
echo 'V1 { global: old; };' >v1
echo 'V2 { global: fresh; };' >v2
library libother.so.1 'int fresh(void) { return 2; }' -Wl,--version-script=v2
library libdep.so.1 'int fresh(void) { return 1; }' -Wl,--version-script=v2
library libthing.so.1 'int fresh(void); int thing(void) { return fresh(); }' tree/usr/lib/libdep.so.1 tree/usr/lib/libother.so.1
"$bulkhead" explain --tree tree --expose libthing.so.1 >said || fail "explain finds fault with what is complete: $(<said)"
library libdep.so.1 'int old(void) { return 1; }' -Wl,--version-script=v1

# What ld.so says natively.
cc -x c - -x none -o native tree/usr/lib/libthing.so.1 -Wl,--allow-shlib-undefined <<<'int thing(void); int main(void) { return thing(); }'
said=$(LD_LIBRARY_PATH=tree/usr/lib ./native 2>&1) && fail "ld.so is content"
[[ $said == *"version \`V2' not found"* ]] || fail "ld.so says something else: $said"

refused 125 "version V2" libdep.so.1 libthing.so.1 -- run ./program
