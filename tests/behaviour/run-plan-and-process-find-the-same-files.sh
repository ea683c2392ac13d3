#!/bin/bash
# What the plan found is what the program gets: by search paths of exposed libraries, of the program, and in
# programs that it starts.
. "$(dirname "$0")/lib.sh"

# An exposed library is found by the RUNPATH of another one: with and without a file of its name where a search for
# the name alone would look.
mkdir -p "$tree/opt/part"
at=$host library libdep.so.1 <<<'int dep(void) { return 1; }'
at=$host library libwidget.so.1 <<<'int widget(void) { return 1; }'
at=$tree/opt/part library libdep.so.1 <<<'int dep(void) { return 2; } int dep_newer(void) { return 2; }'
# shellcheck disable=SC2016 # the dynamic linker expands it
at=$tree/opt/part library libwidget.so.1 "$tree/opt/part/libdep.so.1" '-Wl,-rpath,$ORIGIN' <<<'int dep_newer(void); int widget(void) { return dep_newer(); }'
program prog "$host/libwidget.so.1" "$host/libdep.so.1" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int dep(void), widget(void);
int main(void) { CLAIM("the program's", "%d", dep()); CLAIM("the library's", "%d", widget()); }
END
cat >came <<'END'
the program's => 2
the library's => 2
END
hold came run /opt/part/libwidget.so.1 -- ./prog
library libdep.so.1 <<<'int dep(void) { return 3; } int dep_newer(void) { return 3; }'
hold came run /opt/part/libwidget.so.1 --no-cache -- ./prog

# The program's own search path says which file is shared. One that lacks a symbol is told before the start.
mkdir -p old new
for where in "$scratch/new" "$libs"; do
    at=$where library libshared.so.1 <<<'int one(void) { return 1; } int two(void) { return 2; }'
done
at=$scratch/old library libshared.so.1 <<<'int one(void) { return 1; }'
library libfoo.so.1 "$libs/libshared.so.1" <<<'int two(void); int foo(void) { return two(); }'
for which in old new; do
    program "uses-$which" "$libs/libfoo.so.1" "$libs/libshared.so.1" -Wl,--disable-new-dtags "-Wl,-rpath,$scratch/$which" <<'END'
#include <stdio.h>
#include <unistd.h>
int foo(void), one(void);
int main(int count, char** arguments) {
    printf("%d %d\n", one(), foo());
    fflush(stdout);
    if (count > 1) execv(arguments[1], (char*[]){arguments[1], 0});
}
END
done
export LD_LIBRARY_PATH=$scratch/new
expect "1 2" run libfoo.so.1 --share libshared.so.1 -- ./uses-new
refuses 'two is imported by .*libfoo.so.1; .*old/libshared.so.1, which is shared, does not' -- run libfoo.so.1 --share libshared.so.1 -- ./uses-old

# A program that was not planned for, with another file: only if it does as well.
refuses 'old/libshared.so.1: lacks two \(the capsule was planned with .*new/libshared.so.1' -- run libfoo.so.1 --share libshared.so.1 -- ./uses-new ./uses-old
at=$scratch/old library libshared.so.1 <<<'int one(void) { return 11; } int two(void) { return 12; }'
expect $'1 2\n11 12' run libfoo.so.1 --share libshared.so.1 -- ./uses-new ./uses-old
