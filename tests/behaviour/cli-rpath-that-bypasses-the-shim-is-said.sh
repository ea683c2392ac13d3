#!/bin/bash
# DT_RPATH comes before LD_LIBRARY_PATH: the program would keep its own copy.
. "$(dirname "$0")/cli.bash"
# shellcheck disable=SC2016 # the dynamic linker expands it
origin='$ORIGIN/own'
mkdir own
cp tree/usr/lib/libthing.so.1 own
cc -x c - -x none -o program -Wl,--disable-new-dtags,-rpath,"$origin" own/libthing.so.1 <<<'int main(void) { return 0; }'
"$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said
grep "^warning: .*DT_RPATH .*own/libthing.so.1" said
cc -x c - -x none -o program -Wl,--enable-new-dtags,-rpath,"$origin" own/libthing.so.1 <<<'int main(void) { return 0; }'
"$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said
! grep "^warning" said || fail "a DT_RUNPATH bypasses nothing"
