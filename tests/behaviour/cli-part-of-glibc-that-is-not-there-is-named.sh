#!/bin/bash
# A library of glibc's that a library of the tree needs and this system does not have (old
# ones, and those that distributions package apart) is named before the program starts.
. "$(dirname "$0")/cli.bash"
part=libSegFault.so # up to glibc 2.34
ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig)
"$ldconfig" -p | grep "$part" >/dev/null && skip "this system has $part"
library libinner.so.1 'int inner(void) { return 1; }'
mkdir elsewhere
library "$part" 'int fault(void) { return 1; }'
mv "tree/usr/lib/$part" elsewhere
library libthing.so.1 'int fault(void); int thing(void) { return fault(); }' "elsewhere/$part"
refused 125 "$part" libthing.so.1 "this system has none" -- run ./program
"$bulkhead" doctor --tree tree >said && fail "doctor is content: $(<said)"
grep -E "^fail +cannot +.*libthing.so.1 needs $part" said || fail "doctor said: $(<said)"
