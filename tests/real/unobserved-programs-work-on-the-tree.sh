#!/bin/bash
# Programs work without the observer, too. It needs libdl and libpthread, so on a glibc
# before 2.34, which has these apart, all the other tests have them in the process.
. "$(dirname "$0")/lib.sh"
need bsdtar glxinfo es2_info vulkaninfo
start_x
cd "$scratch"
seq 1000 >numbers

bound() { # LIBRARY OPTION… -- PROGRAM ARGUMENT…: the runtime says that LIBRARY is the tree's
    local output
    output=$(BULKHEAD_DEBUG=bind "$bulkhead" run --tree "$tree" "${@:2}" 2>&1) || fail "${*:2} ended with $?: $output"
    grep -F "bind: $1 is $tree/" <<<"$output" || fail "${*:2} works without the tree's $1"
}

bound libz.so.1 --expose libz.so.1 -- bsdtar -czf numbers.tgz numbers
gzip -dc numbers.tgz | tar -xO | cmp - numbers || fail "bsdtar packed something else"
bound libGL.so.1 --profile gl -- glxinfo -B
bound libEGL.so.1 --profile gl -- es2_info
bound libvulkan.so.1 --profile vulkan -- vulkaninfo --summary
