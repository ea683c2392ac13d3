#!/bin/bash
# Libraries that are needed by a path: inside the tree, and on this system with the tree "/".
. "$(dirname "$0")/lib.sh"
mkdir -p "$libs/deep" "$host/deep"
for where in "$libs" "$host"; do
    # What has no SONAME is needed as it was named to the linker; what has one with a slash, by that.
    compile "$where/deep/libplain.so" -shared -fPIC <<<'static int count; int plain(void) { return ++count; }'
    compile "$where/deep/libpath.so" -shared -fPIC -Wl,-soname,/usr/lib/deep/libpath.so <<<'static int count = 10; int path(void) { return ++count; }'
done
cat >main.c <<'END'
#include "claims.h"
int first(void), second(void);
int main(void) { CLAIM("first", "%d", first()); CLAIM("second", "%d", second()); }
END
cat >came <<'END'
first => 1
second => 2
END
at=$host library libfirst.so.1 "$host/deep/libplain.so" <<<'int plain(void); int first(void) { return plain(); }'
at=$host library libsecond.so.1 "$host/deep/libplain.so" <<<'int plain(void); int second(void) { return plain(); }'
program prog "$host/libfirst.so.1" "$host/libsecond.so.1" <main.c
export LD_LIBRARY_PATH=$host
hold came ./prog
hold came "$bulkhead" run --tree / --expose "$host/libfirst.so.1,$host/libsecond.so.1" -- ./prog
( cd "$host" && at=. library librelative.so.1 deep/libplain.so <<<'int plain(void); int first(void) { return plain(); } int second(void) { return plain(); }' )
program relative "$host/librelative.so.1" <main.c
cd "$host"
hold "$scratch/came" "$scratch/relative"
hold "$scratch/came" "$bulkhead" run --tree / --expose "$host/librelative.so.1" -- "$scratch/relative"
cd "$scratch"

library libfirst.so.1 "$libs/deep/libpath.so" <<<'int path(void); int first(void) { return path() - 10; }'
library libsecond.so.1 "$libs/deep/libpath.so" <<<'int path(void); int second(void) { return path() - 10; }'
hold came run libfirst.so.1,libsecond.so.1 -- ./prog
hold came run libfirst.so.1,libsecond.so.1,/usr/lib/deep/libpath.so -- ./prog
