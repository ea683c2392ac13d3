#!/bin/bash
# Libraries that were linked with -z nodlopen are there for what is linked to them, also without a SONAME, by the names of
# their files; and dlopen refuses them.
. "$(dirname "$0")/lib.sh"
library libdeep.so.1 -Wl,-z,nodlopen <<<'int deep(void) { return 3; }'
library libplain.so <<<'int plain(void) { return 5; }'
# Found by no name that it calls itself by; opens its neighbour.
compile "$libs/libnameless.so" -shared -fPIC -Wl,-z,nodlopen '-Wl,-rpath,$ORIGIN' <<'END'
#include <dlfcn.h>
int variable = 7;
int nameless(void) {
    void* beside = dlopen("$ORIGIN/libplain.so", RTLD_NOW);
    int (*plain)(void) = beside ? dlsym(beside, "plain") : 0;
    return plain ? plain() : -1;
}
END
library libfoo.so.1 -Wl,-z,nodlopen "$libs/libdeep.so.1" -L"$libs" -l:libnameless.so <<'END'
int deep(void); extern int variable;
int foo(void) { return deep() + variable; }
END
library libbar.so.1 "$libs/libdeep.so.1" <<<'int deep(void); int bar(void) { return deep(); }'
export LD_LIBRARY_PATH=$libs
program linked "$libs/libfoo.so.1" "$libs/libbar.so.1" -L"$libs" -l:libnameless.so <<'END'
#define _GNU_SOURCE
#include "claims.h"
#include <dlfcn.h>
#include <string.h>
int foo(void), bar(void), nameless(void);
extern int variable;
static const char* file_of(void* address) {
    Dl_info info;
    if (!dladdr(address, &info)) return "(none)";
    return strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 : info.dli_fname;
}
int main(void) {
    CLAIM("foo", "%d", foo());
    variable = 8;
    CLAIM("foo after a change", "%d", foo());
    CLAIM("bar", "%d", bar());
    CLAIM("its neighbour", "%d", nameless());
    CLAIM("foo is of", "%s", file_of(foo));
    CLAIM("nameless is of", "%s", file_of(nameless));
}
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
for exposed in libfoo.so.1,libnameless.so libfoo.so.1,libbar.so.1,libdeep.so.1,libnameless.so; do
    claims_natively_and_in $exposed -- ./linked <<'END'
foo => 10
foo after a change => 11
bar => 3
its neighbour => 5
foo is of => libfoo.so.1
nameless is of => libnameless.so
END
done
claims_natively_and_in libfoo.so.1,libbar.so.1 -- ./opens <<'END'
foo is opened => no
bar is opened => no
it is said why => yes
END
