#!/bin/bash
# An exposed library that the tree lacks is named, with the tree, and names near to it.
. "$(dirname "$0")/cli.bash"
refused 125 libthing.so.2 "$PWD/tree" "the tree has libthing.so.1" -- \
    "$bulkhead" run --tree tree --expose libthing.so.2 -- ./program
refused 125 libthang.so.1 "the tree has libthing.so.1" -- \
    "$bulkhead" run --tree tree --expose libthang.so.1 -- ./program
refused 125 libquux.so.1 "check the name" -- \
    "$bulkhead" run --tree tree --expose libquux.so.1 -- ./program
