#!/bin/bash
# RTLD_NOLOAD finds a library without a SONAME by the name that it was opened by; and one that was linked with -z unique, which
# is the program's, is opened again by its path in the tree.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

compile "$libs/libnameless.so" -shared -fPIC <<<'int nameless(void) { return 2; }'
unique=()
if echo 'int probe;' | gcc -x c -shared -fPIC -Wl,-z,unique -o probe.so - 2>/dev/null; then unique=(-Wl,-z,unique); fi
at=$host library libunique.so "${unique[@]}" <<<'int unique(void) { return 3; }'
cp "$host/libunique.so" "$libs"
caller main <<EOF
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include "claims.h"
static bh_capsule *capsule;
static bh_library *opened(const char *file, int mode) {
  bh_library *library = NULL;
  return bh_library_open(capsule, file, mode, &library, NULL) ? NULL : library;
}
int main(void) {
  bh_capsule_options options = {.size = sizeof options, .tree = "$tree", .name = "names"};
  if (bh_capsule_open(&options, &capsule, NULL)) return 1;
  HOLDS("nameless, before", opened("libnameless.so", RTLD_NOW | RTLD_NOLOAD));
  bh_library *nameless = opened("libnameless.so", RTLD_NOW);
  HOLDS("nameless, after", nameless && nameless == opened("libnameless.so", RTLD_NOW | RTLD_NOLOAD));
  bh_library *unique = opened("libunique.so", RTLD_NOW);
  HOLDS("unique, by its path", unique && unique == opened("/usr/lib/libunique.so", RTLD_NOW));
}
EOF
LD_LIBRARY_PATH=$host claims ./main <<'EOF'
nameless, before    => no
nameless, after     => yes
unique, by its path => yes
EOF
