#!/bin/bash
# An exposed library without SONAME, by its path, that another exposed one needs by its file's name.
. "$(dirname "$0")/lib.sh"
mkdir -p "$libs/sub"
compile "$libs/sub/libd.so" -shared -fPIC <<<'static int count; int d(void) { return ++count; }'
# shellcheck disable=SC2016 # the dynamic linker expands it
library libb.so.1 "-L$libs/sub" -l:libd.so '-Wl,-rpath,$ORIGIN/sub' <<<'int d(void); int b(void) { return d(); }'
program prog "$libs/libb.so.1" "-L$libs/sub" -l:libd.so "-Wl,-rpath,$libs/sub" <<'END'
#include "claims.h"
int b(void), d(void);
int main(void) { CLAIM("b", "%d", b()); CLAIM("d", "%d", d()); CLAIM("b", "%d", b()); }
END
claims_natively_and_in libb.so.1,/usr/lib/sub/libd.so -- ./prog <<'END'
b => 1
d => 2
b => 3
END
