#!/bin/bash
# Libraries that were linked with -z nodlopen are there for what is linked to them, and dlopen refuses them.
. "$(dirname "$0")/lib.sh"
library libdeep.so.1 -Wl,-z,nodlopen <<<'int deep(void) { return 3; }'
library libfoo.so.1 -Wl,-z,nodlopen "$libs/libdeep.so.1" <<<'int deep(void); int foo(void) { return deep(); }'
library libbar.so.1 "$libs/libdeep.so.1" <<<'int deep(void); int bar(void) { return deep(); }'
export LD_LIBRARY_PATH=$libs
program linked "$libs/libfoo.so.1" "$libs/libbar.so.1" <<'END'
#include "claims.h"
int foo(void), bar(void);
int main(void) { CLAIM("foo", "%d", foo()); CLAIM("bar", "%d", bar()); }
END
program opens <<'END'
#include "claims.h"
#include <dlfcn.h>
#include <string.h>
int main(void) {
    HOLDS("foo is opened", dlopen("libfoo.so.1", RTLD_NOW));
    HOLDS("bar is opened", dlopen("libbar.so.1", RTLD_NOW));
    HOLDS("it is said why", strstr(dlerror(), "shared object cannot be dlopen()ed"));
}
END
for exposed in libfoo.so.1 libbar.so.1 libfoo.so.1,libbar.so.1,libdeep.so.1; do
    claims_natively_and_in $exposed -- ./linked <<'END'
foo => 3
bar => 3
END
done
claims_natively_and_in libfoo.so.1,libbar.so.1 -- ./opens <<'END'
foo is opened => no
bar is opened => no
it is said why => yes
END
