#!/bin/bash
# In a container that shows its host below /run/host, "bulkhead run glxinfo" draws with the host's Mesa, and says so in one line.
# BULKHEAD_TREE names another tree.
. "$(dirname "$0")/../lib.sh"
need glxinfo
start_x

expected="Mesa $(tree_version libgl1-mesa-dri)"
draws() { # WHERE
    [[ $output == *"OpenGL core profile version string: "*"$expected"* ]] || fail "glxinfo reports another driver than $expected: $output"
    [[ $(<"$scratch/said") == "bulkhead: "*"glxinfo starts with --tree $1 "*"--profile gl (for libGL.so.1"* ]] || fail "said: $(<"$scratch/said")"
}

output=$(BULKHEAD_TREE=$tree "$bulkhead" run -- glxinfo -B 2>"$scratch/said") || fail "with BULKHEAD_TREE: $? $(<"$scratch/said")"
draws "$tree (BULKHEAD_TREE names it)"

unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"
in_container() {
    mount -t tmpfs none /run
    mkdir /run/host
    mount --bind "$tree" /run/host
    exec "$bulkhead" run -- glxinfo -B
}
export -f in_container
export bulkhead tree
output=$(unshare -Urm bash -euc in_container 2>"$scratch/said") || fail "in a container: $? $(<"$scratch/said")"
draws "/run/host (it is there)"
