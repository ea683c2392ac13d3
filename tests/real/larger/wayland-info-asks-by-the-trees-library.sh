#!/bin/bash
# Wayland: wayland-info asks a compositor of this system's, without a screen, by the libwayland-client of another release, and is told what it is
# told natively.
. "$(dirname "$0")/profiles.sh"
need wayland-info weston
tree_of_profile "$1" wayland

export XDG_RUNTIME_DIR=$scratch/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
weston --backend=headless-backend.so --socket=wayland-test --idle-time=0 --no-config >"$scratch/weston.log" 2>&1 &
children+=($!)
export WAYLAND_DISPLAY=wayland-test
for ((tries = 0; tries < 100; tries++)); do
    ! wayland-info >/dev/null 2>&1 || break
    sleep 0.1
done
native=$(wayland-info) || fail "weston did not start: $(<"$scratch/weston.log")"
output=$(on_tree --profile wayland -- wayland-info) || fail "wayland-info ended with $?"
grep -m3 interface <<<"$output"
[[ $output == "$native" && $output == *wl_compositor* ]] || fail "wayland-info is told something else, natively: $native"
hidden="ffi_call" check_segregated wayland-info libwayland-client.so.0
