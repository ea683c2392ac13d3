#!/bin/bash
# An exposed library by the path of the file that the program would have natively, wherever it would find that: it is the
# capsule's, and not loaded a second time.
. "$(dirname "$0")/lib.sh"
mkdir searched own
source='#include <stdio.h>
__attribute__((constructor)) static void made(void) { puts("constructor"); }'
library libfoo.so.1 <<<"$source"
for where in searched own; do at=$scratch/$where library libfoo.so.1 <<<"$source"; done
cat >main.c <<'END'
#include "claims.h"
#include <dlfcn.h>
int main(int count, char** arguments) {
    HOLDS("loaded", dlopen(arguments[1], RTLD_LAZY | RTLD_NOLOAD));
    HOLDS("opened", dlopen(arguments[1], RTLD_NOW));
    HOLDS("the same", dlopen(arguments[1], RTLD_NOW) == dlopen("libfoo.so.1", RTLD_NOW));
}
END
cat >came <<'END'
constructor
loaded => yes
opened => yes
the same => yes
END
program prog -Wl,--no-as-needed searched/libfoo.so.1 <main.c
hold came env "LD_LIBRARY_PATH=$scratch/searched" ./prog "$scratch/searched/libfoo.so.1"
hold came env "LD_LIBRARY_PATH=$scratch/searched" "$bulkhead" run --tree "$tree" --expose libfoo.so.1 -- ./prog "$scratch/searched/libfoo.so.1"
program prog -Wl,--no-as-needed own/libfoo.so.1 -Wl,-rpath,"$scratch/own" <main.c
hold came ./prog "$scratch/own/libfoo.so.1"
hold came run libfoo.so.1 -- ./prog "$scratch/own/libfoo.so.1"

# By a path that counts from the library which opens it.
program prog -Wl,--no-as-needed -Wl,-rpath,"$scratch/own" own/libfoo.so.1 <main.c
hold came ./prog '$ORIGIN/own/libfoo.so.1'
hold came run libfoo.so.1 -- ./prog '$ORIGIN/own/libfoo.so.1'

# Where another exposed library leads to it: by what that needs, or would open.
mkdir -p beside/sub "$libs/sub"
at=$scratch/beside/sub library libfoo.so.1 <<<"$source"
cp beside/sub/libfoo.so.1 "$libs/sub/"
for needs in "$scratch/beside/sub/libfoo.so.1" ""; do
    at=$scratch/beside library libupper.so.1 -Wl,--no-as-needed ${needs:+"$needs"} '-Wl,-rpath,$ORIGIN/sub' \
        <<<'#include <dlfcn.h>
void* opened(void) { return dlopen("libfoo.so.1", RTLD_NOW); }'
    cp beside/libupper.so.1 "$libs/"
    program prog -Wl,--no-as-needed beside/libupper.so.1 <<'END'
#include "claims.h"
#include <dlfcn.h>
void* opened(void);
int main(int count, char** arguments) {
    void* handle = dlopen(arguments[1], RTLD_NOW);
    HOLDS("the same", handle && dlsym(handle, "made") == dlsym(opened(), "made"));
    HOLDS("loaded", dlopen(arguments[1], RTLD_LAZY | RTLD_NOLOAD));
}
END
    printf 'constructor\nthe same => yes\nloaded => yes\n' >came
    hold came env "LD_LIBRARY_PATH=$scratch/beside" ./prog "$scratch/beside/sub/libfoo.so.1"
    hold came env "LD_LIBRARY_PATH=$scratch/beside" "$bulkhead" run --tree "$tree" --expose libupper.so.1,/usr/lib/sub/libfoo.so.1 \
        -- ./prog "$scratch/beside/sub/libfoo.so.1"
done
