#!/bin/bash
# What a shared library needs has one copy, also for a plugin that the capsule opens later.
. "$(dirname "$0")/lib.sh"
for where in "$libs" "$host"; do
    at=$where library libb.so.1 <<<'static int made; int b_new(void) { return ++made; } int b_use(int h) { return h >= 1 && h <= made ? 100 + h : -1; }'
    at=$where library liba.so.1 "$where/libb.so.1" <<<'int b_new(void); int a_open(void) { return b_new(); }'
    at=$where library libplug.so.1 "$where/libb.so.1" <<<'int b_use(int); int plug(int h) { return b_use(h); }'
    at=$where library libfoo.so.1 "$where/liba.so.1" <<'END'
#include <dlfcn.h>
int a_open(void);
int foo(int h) {
    a_open();
    return ((int (*)(int))dlsym(dlopen("libplug.so.1", RTLD_NOW), "plug"))(h);
}
END
done
program prog "$host/libfoo.so.1" "$host/liba.so.1" <<'END'
#include <stdio.h>
int a_open(void), foo(int);
int main(void) { printf("%d\n", foo(a_open())); }
END
export LD_LIBRARY_PATH=$host
expect 101 ./prog
expect 101 run libfoo.so.1 -- ./prog
"$bulkhead" explain --tree "$tree" --expose libfoo.so.1 -- ./prog >said
grep -Eq "^libb.so.1 +shared .*the base's liba.so.1, which is shared, needs it too" said || fail "not in the plan: $(<said)"
