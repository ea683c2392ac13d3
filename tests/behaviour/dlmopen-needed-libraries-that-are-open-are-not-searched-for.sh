#!/bin/bash
# What a library needs and the namespace has, it gets without a search, as by plain dlmopen: it may lie where nobody
# would look, and another file of that name is not loaded.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

mkdir -p a b
at=$scratch/a library libcore.so <<<'int core(void) { return 7; }'
at=$scratch/b library libplug.so "$scratch/a/libcore.so" <<<'int core(void); int plug(void) { return core(); }'
at=$scratch/b library libfinds.so "$scratch/a/libcore.so" "-Wl,-rpath,$scratch/b" <<<'int core(void); int finds(void) { return core(); }'
both main <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#ifndef PLAIN
#include <bulkhead/bulkhead.h>
#define dlmopen bh_dlmopen
#endif
#include "claims.h"
static int call(void *library, const char *name) {
  int (*function)(void) = library ? dlsym(library, name) : 0;
  return function ? function() : -1;
}
int main(void) {
  Lmid_t space;
  void *core = dlmopen(LM_ID_NEWLM, "./a/libcore.so", RTLD_NOW);
  if (!core || dlinfo(core, RTLD_DI_LMID, &space)) return 1;
  CLAIM("it would not be found", "%d", call(dlmopen(space, "./b/libplug.so", RTLD_NOW), "plug"));
  CLAIM("another one would be found", "%d", call(dlmopen(space, "./b/libfinds.so", RTLD_NOW), "finds"));
}
EOF
at=$scratch/b library libcore.so <<<'int core(void) { return 1000; }'
agree_on main <<'EOF'
it would not be found      => 7
another one would be found => 7
EOF
