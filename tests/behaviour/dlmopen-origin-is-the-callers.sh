#!/bin/bash
# $ORIGIN in what is to be opened is the directory of the code that calls, as with dlopen: in a new namespace, in the
# program's and to be shared, whether or not the caller has search paths of its own.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

mkdir elsewhere
module libany.so <<<'int any(void) { return 1; }'
at=$scratch/elsewhere module libany.so <<<'int any(void) { return 2; }'

cat >calls.c <<'EOF'
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <stdio.h>
int try_in(long space, int mode) {
  void *handle = bh_dlmopen(space, "$ORIGIN/libany.so", RTLD_NOW | mode);
  if (!handle) return puts(bh_dlerror()), -1;
  int (*any)(void) = dlsym(handle, "any");
  return any();
}
EOF
module libcaller.so "-I$include" <calls.c
caller origin "$host/libcaller.so" -Wl,-rpath,"$host" <<'EOF'
#include <dlfcn.h>
#include <bulkhead/bulkhead.h>
#include "claims.h"
int try_in(long space, int mode);
int main(int count, char **arguments) {
  int found = count > 1 ? try_in(0, 0) : try_in(-1, 0);
  CLAIM("found", "%d", found);
  CLAIM("found, shared", "%d", try_in(-1, RTLD_SHARED));
}
EOF
cd elsewhere
claims ../origin <<'END'
found         => 1
found, shared => 1
END
hold "$scratch/claims.txt" ../origin base
