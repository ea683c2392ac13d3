#!/bin/bash
# What code in a capsule opens later is bound as it would be natively: the program's definitions come before an
# exposed library's own, and what only the program and its libraries define is found there.
. "${0%/*}/lib.sh"

library libopens.so.1 -ldl <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
int opens(const char *file, const char *name, int mode) {
  void *library = dlopen(file, mode);
  int (*function)(void) = library ? dlsym(library, name) : NULL;
  if (!library) puts(dlerror());
  return function ? function() : -1;
}
EOF
library libexposed.so.1 <<<'int replaced(void) { return 53; } int exposed(void) { return replaced(); }'
library libplugin.so <<'EOF'
int only_program(void), only_system(void);
extern int variable;
int plugin(void) { return only_program() * 100 + only_system() * 10 + variable; }
EOF
library libsecond.so "$libs/libplugin.so" <<<'int plugin(void), only_program(void); int second(void) { return plugin() + only_program(); }'
library libneeds.so -Wl,-z,now <<<'int nobody(void); int needs(void) { return nobody(); }'
at=$host library libsystem.so.1 <<<'int only_system(void) { return 3; }'
cp "$host/libsystem.so.1" "$libs"
program main -rdynamic -Wl,--no-as-needed "$libs/libopens.so.1" "$host/libsystem.so.1" <<'EOF'
#include <dlfcn.h>
#include "claims.h"
int opens(const char *, const char *, int);
int replaced(void) { return 3; }
int only_program(void) { return 2; }
int variable = 4;
int main(void) {
  CLAIM("the program's function replaces an exposed library's", "%d", opens("libexposed.so.1", "exposed", RTLD_NOW));
  CLAIM("a plugin that needs the program, bound lazily", "%d", opens("libplugin.so", "plugin", RTLD_LAZY));
  CLAIM("one that needs that plugin, bound at once", "%d", opens("libsecond.so", "second", RTLD_NOW));
  CLAIM("what nobody defines", "%d", opens("libneeds.so", "needs", RTLD_NOW) == -1);
}
EOF
export LD_LIBRARY_PATH=$host
claims_natively_and_in libopens.so.1,libexposed.so.1 -- ./main <<EOF
the program's function replaces an exposed library's => 3
a plugin that needs the program, bound lazily        => 234
one that needs that plugin, bound at once            => 236
what nobody defines => $libs/libneeds.so: undefined symbol: nobody
1
EOF
