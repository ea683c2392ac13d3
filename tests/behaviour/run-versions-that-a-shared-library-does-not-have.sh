#!/bin/bash
# dlvsym does not find a name of a shared library that has it without versions, as natively; in a library without
# any table of versions it finds every name, and there the library's own definition, not one that comes before it.
. "${0%/*}/lib.sh"

library libtable.so <<<'int puts(const char *); int plain(void) { return 1; } int uses(void) { return puts(""); }'
library libbare.so -nostdlib <<<'int bare = 2;'
cp "$libs"/lib{table,bare}.so "$host"
library libasks.so -Wl,--no-as-needed "$libs/libtable.so" "$libs/libbare.so" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
void *inside(void *handle, const char *name) { return dlvsym(handle, name, "V1"); }
END
program main -Wl,--no-as-needed,-E "$libs/libasks.so" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int bare = 3;
void *inside(void *, const char *);
int main(void) {
  void *handle = dlopen("libasks.so", RTLD_NOW);
  HOLDS("there without a version", dlsym(handle, "plain"));
  HOLDS("by a handle", dlvsym(handle, "plain", "V1"));
  HOLDS("by a handle, inside", inside(handle, "plain"));
  HOLDS("by default, inside", inside(RTLD_DEFAULT, "plain"));
  int *found = inside(RTLD_DEFAULT, "bare");
  CLAIM("where there are no versions", "%d", found ? *found : -1);
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libasks.so --share libtable.so --share libbare.so -- ./main <<'END'
there without a version    => yes
by a handle                => no
by a handle, inside        => no
by default, inside         => no
where there are no versions => 2
END
