#!/bin/bash
# What a capsule takes of static TLS is not missing where the program opens libraries: `run` asks for more, and variables
# that nobody uses take no more of it together than ld.so gives away itself.
. "$(dirname "$0")/lib.sh"
for i in 1 2 3; do library libvariables$i.so <<<"__thread char v$i[400]; char* get$i(void) { return v$i; }"; done
at=$host library libstatic.so -ftls-model=initial-exec <<<'static __thread char b[1000]; char* get(void) { return b; }'
program prog <<'END'
#include "claims.h"
#include <dlfcn.h>
int main(int count, char** arguments) {
    for (int i = 1; i < count; ++i) CLAIM(arguments[i], "%s", dlopen(arguments[i], RTLD_NOW) ? "opened" : dlerror());
}
END
cat >all <<END
libvariables1.so => opened
libvariables2.so => opened
libvariables3.so => opened
$host/libstatic.so => opened
END
exposed=libvariables1.so,libvariables2.so,libvariables3.so
mapfile -t libraries < <(sed 's/ =>.*//' all)
hold all run $exposed -- ./prog "${libraries[@]}"
# The same without the launcher, which raises the reserve.
"$bulkhead" shim --tree "$tree" --expose $exposed -o shims
hold all env "LD_LIBRARY_PATH=$scratch/shims" ./prog "${libraries[@]}"
# A library of the capsule that cannot do without, to which the program is linked.
library libheavy.so -ftls-model=initial-exec <<<'static __thread char b[900]; char* heavy(void) { return b; }'
program linked -Wl,--no-as-needed "$libs/libheavy.so" <<'END'
#include "claims.h"
#include <dlfcn.h>
int main(int count, char** arguments) { HOLDS("opened", dlopen(arguments[1], RTLD_NOW)); }
END
claims_natively_and_in libheavy.so -- ./linked "$host/libstatic.so" <<<'opened => yes'
