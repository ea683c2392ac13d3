#!/bin/bash
# Shims that were made with --on-failure native, and a tree that is gone: glxinfo and eglinfo draw with this system's Mesa,
# of which libGL, libGLX and libGLdispatch use each other's thread-local variables.
. "$(dirname "$0")/lib.sh"
need glxinfo
start_x

ln -s "$tree" "$scratch/gone"
"$bulkhead" shim --tree "$scratch/gone" --profile gl --on-failure native -o "$scratch/shims" -- # for the wrong launchers
rm "$scratch/gone"
for program in "glxinfo -B" eglinfo; do
    need "${program%% *}"
    # shellcheck disable=SC2086 # a program and its options
    natively=$({ $program 2>/dev/null || true; } | grep -i "version string" | sort -u) || skip "$program fails natively"
    # shellcheck disable=SC2086
    output=$({ LD_LIBRARY_PATH=$scratch/shims $program 2>"$scratch/stderr" || true; } |
        grep -i "version string" | sort -u) || fail "$program: $(<"$scratch/stderr")"
    [[ $output == "$natively" ]] || fail "$program reports: $output; natively: $natively"
    grep -q "the program goes on with this system's own libraries" "$scratch/stderr" || fail "$program does not say so"
done
