#!/bin/bash
# A program that gets a copy of an exposed library past its shim has that one copy, as natively; one that lacks what the
# capsule needs is an error, not a second copy.
. "$(dirname "$0")/lib.sh"
mkdir bundle
objects='static int made; int obj_new(void) { return ++made; } int obj_use(int h) { return h >= 1 && h <= made ? 100 + h : -1; }'
newer='int obj_newer(int h) { return obj_use(h); }'
library libobj.so.1 <<<"$objects $newer"
library libfoo.so.1 "$libs/libobj.so.1" <<<'int obj_newer(int); int foo(int h) { return obj_newer(h); }'
program prog "$libs/libfoo.so.1" "$libs/libobj.so.1" <<'END'
#include <stdio.h>
int obj_new(void), foo(int);
int main(void) { printf("%d\n", foo(obj_new())); }
END
cat >AppRun <<END
#!/bin/sh
export LD_LIBRARY_PATH=$scratch/bundle:\$LD_LIBRARY_PATH
exec $scratch/prog
END
chmod +x AppRun
preloading() { env "LD_PRELOAD=$scratch/bundle/libobj.so.1" "$bulkhead" run --tree "$tree" "$@"; }

at=$scratch/bundle library libobj.so.1 <<<"$objects $newer"
expect 101 run libfoo.so.1,libobj.so.1 -- ./AppRun
expect 101 preloading --expose libfoo.so.1,libobj.so.1 -- ./prog
grep -q "warning: .*bundle/libobj.so.1: LD_PRELOAD makes the program use it as libobj.so.1, which is exposed" stderr || fail "no warning: $(<stderr)"

at=$scratch/bundle library libobj.so.1 <<<"$objects"
message='bundle/libobj.so.1: lacks obj_newer \(the program has loaded it in place of the exposed libobj.so.1'
refuses "$message" -- run libfoo.so.1,libobj.so.1 -- ./AppRun
refuses "$message" -- preloading --expose libfoo.so.1,libobj.so.1 -- ./prog
expect -1 run libfoo.so.1 --private libobj.so.1 -- ./AppRun

# A preloaded shim is no copy: it stands for the library, whose data and functions these are.
library libdata.so.1 <<<'int table[2] = {7, 8}; int bar(void) { return 5; }'
library libuser.so.1 "$libs/libdata.so.1" <<<'extern int table[2]; int bar(void); int user(void) { return table[1] * 10 + bar(); }'
program opens <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) { printf("%d\n", ((int (*)(void))dlsym(dlopen("libuser.so.1", RTLD_NOW), "user"))()); }
END
expect 85 env LD_PRELOAD=libdata.so.1 "$bulkhead" run --tree "$tree" --expose libuser.so.1,libdata.so.1 -- ./opens
