#!/bin/bash
# Where the cache cannot be written to, shims go to memory for this time, and -v says so.
. "$(dirname "$0")/cli.bash"
export XDG_CACHE_HOME=/proc/nowhere XDG_RUNTIME_DIR=$PWD/runtime
mkdir -m 700 runtime
run -v -- ./program 2>said || fail "ended with $?: $(<said)"
[[ -e started ]] || fail "the program was not started"
grep "shims are kept in $XDG_RUNTIME_DIR/bulkhead/v1 this time" said
rm started
env -u HOME -u XDG_CACHE_HOME "$bulkhead" run --tree tree --expose libthing.so.1 -- ./program
[[ -e started ]] || fail "the program was not started without HOME"
