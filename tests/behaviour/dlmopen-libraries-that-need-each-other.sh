#!/bin/bash
# Libraries that need each other in a circle are there once in a namespace, and begin and end once. (glibc's circleload1.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

# In a circle: linked in two steps. Each is there once, and begins and ends once.
part y
part x "$host/liby.so.1"
part y "$host/libx.so.1"
circle() { # BEGIN: who begins when x is opened, and when y is
    cat <<EOF
open x + libx.so.1  => $1 ok
open y x liby.so.1  => ok
close x             => ok
close y             => y- x- ok
open y + liby.so.1  => $2 ok
end                 => x- y-
EOF
}
# The difference: which one begins, which the specification leaves open. (Before glibc 2.35 it is another order again.)
if glibc_at_least 2.35; then
    circle "y+ x+" "x+ y+" | plain_does
    circle "x+ y+" "y+ x+" | bulkhead_does
fi
