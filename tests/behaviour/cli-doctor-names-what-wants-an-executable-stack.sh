#!/bin/bash
# A library that wants an executable stack is named: it makes all of the process's stacks
# executable, or, since glibc 2.41, does not load.
. "$(dirname "$0")/cli.bash"
library libthing.so.1 "" -Wl,-z,execstack
status=0
"$bulkhead" doctor --tree tree >said || status=$?
if glibc_is_at_least 2.41; then
    [[ $status == 1 ]] || fail "it ended with $status: $(<said)"
    grep -qE '^fail +cannot +.*libthing.so.1 wants an executable stack' said || fail "it said: $(<said)"
    "$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said
    grep -q 'libthing.so.1 wants an executable stack' said || fail "explain said: $(<said)"
else
    [[ $status == 0 ]] || fail "it ended with $status: $(<said)"
    grep -qE '^warn +note +.*libthing.so.1 wants an executable stack' said || fail "it said: $(<said)"
fi
