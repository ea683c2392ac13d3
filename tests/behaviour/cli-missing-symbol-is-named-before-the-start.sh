#!/bin/bash
# A symbol or version that neither this system's glibc nor compat has is named, with the
# library that imports it, before the program runs.
. "$(dirname "$0")/cli.bash"
# A libc.so.6 to link against, from a future that will not come.
mkdir future
echo 'GLIBC_2.99 { global: tomorrow; };' >future/map
cc -shared -fPIC -nostdlib -x c - -x none -Wl,-soname,libc.so.6 -Wl,--version-script=future/map -o future/libc.so.6 \
    <<<'void tomorrow(void) {}'
library libthing.so.1 'void tomorrow(void); void today(void) { tomorrow(); }' -nostdlib future/libc.so.6
refused 125 tomorrow GLIBC_2.99 libthing.so.1 "libc.so.6" compat -- run ./program
"$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said && fail "explain is content"
grep -A1 '^missing:' said | grep 'tomorrow, version GLIBC_2.99'
