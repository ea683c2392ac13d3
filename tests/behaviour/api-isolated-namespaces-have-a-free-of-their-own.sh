#!/bin/bash
# RTLD_ISOLATE, which the tests unique5 and unique6 of the RTLD_SHARED proposal are about: a namespace with its own
# libc, its own free, and no sharing afterwards.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libmodule.so.1 <<'END'
#include <stdlib.h>
void *address_of_free(void) { return (void *)free; }
END
caller driver <<<'#include "dlmopen-driver.h"'
steps() { ./driver "$host/libmodule.so.1" "$@" 2>errors; }
expect "+I: 1r free=1 | 0:- 1:r
1: 1r free=1 | 0:- 1:r
1S: error" steps +I 1 1S
expect "0: 0r free=0 | 0:r
+I: 1r free=1 | 0:r 1:r
+I: 2r free=2 | 0:r 1:r 2:r
2S: error
0S: 0r free=0 | 0:r 1:r 2:r" steps 0 +I +I 2S 0S
