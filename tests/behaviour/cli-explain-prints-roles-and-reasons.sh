#!/bin/bash
# bulkhead explain: a table, and the same as JSON.
. "$(dirname "$0")/cli.bash"
library libinner.so.1
library libthing.so.1 "" tree/usr/lib/libinner.so.1
"$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said
cat said
grep -qE '^libthing.so.1 +exposed +TREE/usr/lib/libthing.so.1 +asked for by --expose$' said || fail "exposed"
grep -qE '^libinner.so.1 +private +TREE/usr/lib/libinner.so.1 +needed by libthing.so.1$' said || fail "private"
grep -qE '^libc.so.6 +shared +/[^ ]+/libc.so.6 +glibc' said || fail "shared"
"$bulkhead" explain --json --tree tree --expose libthing.so.1 | python3 -c '
import json, sys
roles = {each["name"]: each["role"] for each in json.load(sys.stdin)["libraries"]}
assert roles == {"libthing.so.1": "exposed", "libinner.so.1": "private", "libc.so.6": "shared"}, roles'
