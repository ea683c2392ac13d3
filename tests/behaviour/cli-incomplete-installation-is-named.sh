#!/bin/bash
# Without its own libraries the command says where it looked for them.
. "$(dirname "$0")/cli.bash"
mkdir -p elsewhere/bin
cp "$bulkhead" elsewhere/bin
unset BULKHEAD_LIBDIR
refused 125 libbulkhead.so.0 "$PWD/elsewhere/bin/../lib" BULKHEAD_LIBDIR -- \
    elsewhere/bin/bulkhead run --tree tree --expose libthing.so.1 -- ./program
BULKHEAD_LIBDIR=$PWD/nowhere refused 125 libbulkhead.so.0 "$PWD/nowhere" -- run ./program
BULKHEAD_LIBDIR=$(dirname "$bulkhead")/../lib elsewhere/bin/bulkhead run --tree tree --expose libthing.so.1 -- ./program
[[ -e started ]] || fail "BULKHEAD_LIBDIR does not help"
