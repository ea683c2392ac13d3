#!/bin/bash
# Beside the shims lie files of bulkhead's own: a library that has the name of one is refused, rather than written over it.
. "$(dirname "$0")/cli.bash"
for name in stamp preload policy glibc-hwcaps; do
    library "$name" 'int answer(void) { return 42; }'
    refused 125 "$name" "name of a file of bulkhead's own" -- "$bulkhead" run --tree tree --expose "$name" ./program
    refused 125 "$name" "name of a file of bulkhead's own" -- "$bulkhead" shim --tree tree --expose "$name" -o shims
done
for name in libbulkhead.so.0 libbulkhead-compat.so.0; do
    library "$name" "int answer(void) { return 42; }"
    refused 125 "$name" -- "$bulkhead" run --tree tree --expose "$name" ./program
done
# Nor one that says that it is glibc's.
cc -shared -fPIC -x c - -o tree/usr/lib/libother.so -Wl,-soname,libc.so.6 <<<'int answer(void) { return 42; }'
refused 125 "libother.so" "SONAME of glibc's" -- "$bulkhead" run --tree tree --expose libother.so ./program
