#!/bin/bash
# VA-API: vainfo has the libva of another release open a driver of Mesa's of that release. Where there is no GPU the driver is found, loaded
# and called, and says that it has no device, as this system's does: that is what a machine without one can show.
. "$(dirname "$0")/profiles.sh"
need vainfo
tree_of_profile "$1" va
start_x

export LIBVA_DRIVER_NAME=nouveau XDG_RUNTIME_DIR=$scratch
native_status=0 status=0
native=$(vainfo --display x11 2>&1) || native_status=$?
output=$(on_tree --profile va -- vainfo --display x11 2>&1) || status=$?
echo "$output"
[[ $status == "$native_status" ]] || fail "vainfo ended with $status, natively with $native_status: $native"
# The same of the driver but for the version, which is the tree's. (Before that a newer libva says of the display that it names none.)
of_driver() { sed -n '/Trying to open/,$ s/__vaDriverInit_.*//p; /va_openDriver\|vaInitialize\|error: .*init/p' <<<"$1"; }
[[ $(of_driver "$output") == "$(of_driver "$native")" ]] || fail "vainfo says something else, natively: $native"
# libva 2.N is of interface 1.N+…: that of the tree's driver is in its name.
minor=$(basename "$(file_in "$tree" libva.so.2)" | sed -E 's/libva\.so\.2\.([0-9]+)00.*/\1/')
[[ $output == *"VA-API version 1.$minor"* && $output == *"Found init function __vaDriverInit_1_"* ]] ||
    fail "the driver is not one for VA-API 1.$minor"
hidden="LLVMContextCreate deflate" check_segregated vainfo libva.so.2 libva-x11.so.2
