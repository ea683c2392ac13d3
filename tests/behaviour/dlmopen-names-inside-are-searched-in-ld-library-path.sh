#!/bin/bash
# Code in a namespace opens a library by its bare name in LD_LIBRARY_PATH, as with plain dlmopen, and what that needs is
# searched there, too.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

mkdir path
at=$scratch/path module libneeded.so <<<'int needed(void) { return 4; }'
at=$scratch/path module libnamed.so "$scratch/path/libneeded.so" <<<'int needed(void); int named(void) { return needed() + 1; }'
module libopens.so -ldl <<'EOF'
#include <dlfcn.h>
int opens(void) {
  void *library = dlopen("libnamed.so", RTLD_NOW);
  int (*named)(void) = library ? dlsym(library, "named") : 0;
  return named ? named() : -1;
}
EOF
both main <<EOF
#define _GNU_SOURCE
#include <dlfcn.h>
#include "dlmopen-plain.h"
#include "claims.h"
int main(void) {
  void *library = bh_dlmopen(LM_ID_NEWLM, "$host/libopens.so", RTLD_NOW);
  int (*opens)(void) = library ? dlsym(library, "opens") : 0;
  CLAIM("by its bare name", "%d", opens ? opens() : -2);
}
EOF
export LD_LIBRARY_PATH=$scratch/path
agree_on main <<'EOF'
by its bare name => 5
EOF
