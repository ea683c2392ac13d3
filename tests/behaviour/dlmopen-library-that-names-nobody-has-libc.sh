#!/bin/bash
# A library that does not say that it needs libc, and calls it by a relocation, from an IFUNC and in a constructor, has it
# in a namespace, too. (glibc's tst-nodeps1, tst-nodeps2.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libnodeps.so.1 -nostdlib -Wl,-z,now <<'EOF'
#include <string.h>
#include <stdio.h>
unsigned long length(const char *text) { return strlen(text); }
int measure(void) { return (int)length("four"); }
void *(*copy)(void *, const void *, unsigned long) = memcpy;
int copies(void) { char text[8] = ""; copy(text, "abc", 4); return text[2] == 'c'; }
EOF
readelf -dW "$host/libnodeps.so.1" | grep NEEDED >/dev/null && fail "the fixture needs something"
# Natively libc is always there, in the program's namespace.
dlopen_does <<'EOF'
open n 0 libnodeps.so.1  => ok
call n measure           => 4
call n copies            => 1
end                      =>
EOF
bulkhead_does <<'EOF'
open n + libnodeps.so.1  => ok
call n measure           => 4
call n copies            => 1
end                      =>
EOF
# The difference: plain dlmopen makes a namespace without a libc then, and nothing is found.
plain_does <<'EOF'
open n + libnodeps.so.1  => error
error                    => libnodeps.so.1: undefined symbol: memcpy
end                      =>
EOF
