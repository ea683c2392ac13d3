#!/bin/bash
# VDPAU: vdpauinfo has the libvdpau of another release open its tracing driver, which opens one of Mesa's of that release. Where
# there is no GPU these are found, loaded and called, and say that there is no device, as this system's do.
. "$(dirname "$0")/profiles.sh"
need vdpauinfo
tree_of_profile "$1" vdpau
start_x

export VDPAU_DRIVER=nouveau VDPAU_TRACE=1
native_status=0 status=0
native=$(vdpauinfo 2>&1) || native_status=$?
output=$(on_tree --profile vdpau -- vdpauinfo 2>&1) || status=$?
echo "$output"
[[ $status == "$native_status" ]] || fail "vdpauinfo ended with $status, natively with $native_status: $native"
unaddressed() { echo "${1/0x[0-9a-f]*,/}"; }
[[ $(unaddressed "$output") == "$(unaddressed "$native")" ]] || fail "vdpauinfo says something else, natively: $native"
[[ $output == *"VDPAU capture: Enabled"* ]] || fail "no tracing driver was opened"
# libvdpau leaves the tracing driver open, and the other one.
check_segregated vdpauinfo libvdpau.so.1 libvdpau_trace.so.1 libvdpau_nouveau.so.1
