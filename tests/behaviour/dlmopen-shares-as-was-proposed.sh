#!/bin/bash
# bh_dlmopen does with RTLD_SHARED what the tests of the RTLD_SHARED proposal for glibc expected
# (shared1 to shared6): before, request, after, in all namespaces. Requests without it do what
# plain dlmopen does, but for libc.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libmodule.so.1 <<'END'
#include <stdlib.h>
void *address_of_free(void) { return (void *)free; }
END
caller driver <<<'#include "dlmopen-driver.h"'
program plain -DPLAIN -I"$here" <<<'#include "dlmopen-driver.h"'

steps() { ./driver "$host/libmodule.so.1" "$@" 2>errors; }

expect "0: 0r free=0 | 0:r
0: 0r free=0 | 0:r
0S: 0r free=0 | 0:r
+: 1r free=0 | 0:r 1:r
0: 0r free=0 | 0:r 1:r
0S: 0r free=0 | 0:r 1:r" steps 0 0 0S + 0 0S

expect "0S: 0r free=0 | 0:r
+S: 1p free=0 | 0:r 1:p
0: 0r free=0 | 0:r 1:p
0S: 0r free=0 | 0:r 1:p
1: 1p free=0 | 0:r 1:p
1S: 1p free=0 | 0:r 1:p" steps 0S +S 0 0S 1 1S

# A copy of its own does not become a stand-in.
expect "+: 1r free=0 | 0:- 1:r
0: 0r free=0 | 0:r 1:r
1: 1r free=0 | 0:r 1:r
1S: error" steps + 0 1 1S
grep -q "1S: .*libmodule.so.1: cannot be shared (the namespace has a copy of its own, .*libmodule.so.1); share it before" errors ||
    fail "the error says: $(<errors)"

expect "+S: 1p free=0 | 0:r 1:p" steps +S
expect "+: 1r free=0 | 0:- 1:r
0S: 0r free=0 | 0:r 1:r" steps + 0S
expect "+: 1r free=0 | 0:- 1:r
1: 1r free=0 | 0:- 1:r
1S: error" steps + 1 1S

# One copy for as many namespaces as ask for it.
expect "+S: 1p free=0 | 0:r 1:p
+S: 2p free=0 | 0:r 1:p 2:p
+: 3r free=0 | 0:r 1:p 2:p 3:r
2N: 2p free=0 | 0:r 1:p 2:p 3:r
3S: error" steps +S +S + 2N 3S

# The oracle: what plain dlmopen makes of the requests that it knows. Its namespaces have a libc each.
for request in "0 0 + 0" "+ 0 1" "+ 1" "0 0N + 1N"; do
    # shellcheck disable=SC2086 # words
    expect "$(./plain "$host/libmodule.so.1" $request | sed 's/^\([+1-9].*\)free=[1-9]/\1free=0/')" steps $request
done
