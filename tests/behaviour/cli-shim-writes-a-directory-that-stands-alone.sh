#!/bin/bash
# bulkhead shim writes shims and bulkhead's own libraries, none of them a link.
. "$(dirname "$0")/cli.bash"
"$bulkhead" shim --tree tree --expose libthing.so.1 -o shims
for name in libthing.so.1 libbulkhead.so.0 libbulkhead-compat.so.0 libbulkhead-compat-m.so.0; do
    [[ -f shims/$name && ! -L shims/$name ]] || fail "shims/$name is missing, or a link"
done
[[ $("$bulkhead" symbols "$PWD/shims/libthing.so.1") == *libthing_answer* ]] || fail "the shim lacks a symbol"
mkdir closed && chmod 500 closed
[[ $EUID -eq 0 ]] || refused 125 closed "cannot be written" -- "$bulkhead" shim --tree tree --expose libthing.so.1 -o closed
