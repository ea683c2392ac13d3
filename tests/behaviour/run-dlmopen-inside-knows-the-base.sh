#!/bin/bash
# To the libraries of a capsule that shims open LM_ID_BASE is where they are, as natively: what they open there with
# dlmopen is the same as with dlopen, and comes from the tree. A library without a SONAME, opened by its path, or by
# $ORIGIN, is there under the name by which it was opened; a shared one is the program's.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

library libplugin.so <<<'int plugin(void) { return 1; }'
compile "$libs/libnameless.so" -shared -fPIC <<<'int nameless(void) { return 2; }'
at=$host library libshared.so <<<'int count; int shared(void) { return ++count; }'
cp "$host/libshared.so" "$libs"
library libopens.so.1 -ldl <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include "claims.h"
static int call(void *library, const char *name) {
  int (*function)(void) = library ? dlsym(library, name) : NULL;
  return function ? function() : -1;
}
void opens(void) {
  void *plugin = dlopen("libplugin.so", RTLD_NOW);
  HOLDS("LM_ID_BASE, the same", plugin && plugin == dlmopen(LM_ID_BASE, "libplugin.so", RTLD_NOW));
  Lmid_t space = -7;
  HOLDS("its own namespace", plugin && !dlinfo(plugin, RTLD_DI_LMID, &space) && plugin == dlmopen(space, "libplugin.so", RTLD_NOW));
  HOLDS("nameless, before", dlopen("libnameless.so", RTLD_NOW | RTLD_NOLOAD));
  CLAIM("nameless, by $ORIGIN", "%d", call(dlopen("$ORIGIN/libnameless.so", RTLD_NOW), "nameless"));
  CLAIM("nameless, by its name", "%d", call(dlopen("libnameless.so", RTLD_NOW), "nameless"));
  HOLDS("nameless, after", dlopen("libnameless.so", RTLD_NOW | RTLD_NOLOAD));
  CLAIM("shared, by $ORIGIN", "%d", call(dlopen("$ORIGIN/libshared.so", RTLD_NOW), "shared"));
}
EOF
program main "$libs/libopens.so.1" "$host/libshared.so" <<'EOF'
#include "claims.h"
void opens(void);
int shared(void);
int main(void) { opens(); CLAIM("the program calls it", "%d", shared()); }
EOF
cp "$host/libshared.so" "$libs/libshared.so"
export LD_LIBRARY_PATH=$host
claims_natively_and_in libopens.so.1 --share libshared.so -- ./main <<'EOF'
LM_ID_BASE, the same  => yes
its own namespace     => yes
nameless, before      => no
nameless, by $ORIGIN  => 2
nameless, by its name => 2
nameless, after       => yes
shared, by $ORIGIN    => 1
the program calls it  => 2
EOF
