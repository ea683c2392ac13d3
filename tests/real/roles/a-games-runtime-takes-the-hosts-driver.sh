#!/bin/bash
# A game's runtime: bubblewrap with the root of an older, the same or a newer release, which has a program and no driver for the
# machine, and the host's files at /run/host. As root and in a user namespace of its own.
. "$(dirname "$0")/roles.bash"
need_containers
start_x

expected=$(tree_version libgl1-mesa-dri)
for suite in bullseye bookworm trixie; do
    root=$(root_of "$suite" mesa-utils) || exit $?
    for how in "as root" "in a user namespace"; do
        options=()
        [[ $how == "as root" ]] || options=(--unshare-user --uid 1000 --gid 1000)
        [[ $how != "as root" || $EUID -eq 0 ]] || { echo "$suite: not as root"; continue; }
        # 1. Nothing but the program is said.
        draws_gears "$expected" container "$root" --ro-bind "$tree" /run/host "${options[@]}" -- bulkhead run glxgears -info
        said=$(grep '^bulkhead: ' "$scratch/output") || fail "nothing was said"
        [[ $said == "bulkhead: "*"glxgears starts with --tree /run/host (it is there) --profile gl (for libGL.so.1"* &&
            $(wc -l <<<"$said") == 1 ]] || fail "$suite $how: said $said"
        echo "$suite $how: Mesa $expected of $1"
    done
done
