#!/bin/bash
# A tree on a file system of which no code may be loaded: explain, doctor and run say so, before the program starts.
. "$(dirname "$0")/cli.bash"
unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"
inside() {
    mkdir mounted
    mount -t tmpfs -o noexec none mounted
    mkdir -p mounted/usr/lib
    cp tree/usr/lib/libthing.so.1 mounted/usr/lib
    refused 125 "libthing.so.1" "noexec" -- "$bulkhead" run --tree mounted --expose libthing.so.1 -- ./program
    "$bulkhead" run --tree mounted --expose libthing.so.1 --on-failure native -- ./program 2>said || fail "native: ended with $?"
    grep -q noexec said || fail "native: $(<said)"
    for command in "explain --tree mounted --expose libthing.so.1" "doctor --tree mounted"; do
        # shellcheck disable=SC2086 # words
        if "$bulkhead" $command >said 2>&1; then fail "$command says that all is well: $(<said)"; fi
        grep -q "mounted noexec" said || fail "$command: $(<said)"
    done
}
export -f inside refused fail
export bulkhead
unshare -Urm bash -euc inside
