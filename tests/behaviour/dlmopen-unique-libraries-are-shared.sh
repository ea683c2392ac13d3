#!/bin/bash
# A library that was linked with -z unique is shared without being asked: what the tests of the
# RTLD_SHARED proposal for glibc expected of it (unique1 to unique4), and for libraries that need one.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

echo 'int one;' | gcc -w -x c - -shared -Wl,-z,unique -o probe.so 2>ld.txt && ! grep -q "unique ignored" ld.txt ||
    skip "this linker does not know -z unique (binutils 2.35)"

module libmodule.so.1 -Wl,-z,unique <<'END'
#include <stdlib.h>
void *address_of_free(void) { return (void *)free; }
int state = 1;
END
caller driver <<<'#include "dlmopen-driver.h"'
steps() { ./driver "$host/libmodule.so.1" "$@" 2>errors; }

expect "0: 0r free=0 | 0:r
0: 0r free=0 | 0:r
0S: 0r free=0 | 0:r
+: 1p free=0 | 0:r 1:p
0: 0r free=0 | 0:r 1:p
0S: 0r free=0 | 0:r 1:p" steps 0 0 0S + 0 0S
expect "+: 1p free=0 | 0:r 1:p
0: 0r free=0 | 0:r 1:p
1: 1p free=0 | 0:r 1:p
1S: 1p free=0 | 0:r 1:p
+S: 2p free=0 | 0:r 1:p 2:p" steps + 0 1 1S +S

# By way of a library that needs it, found beside that.
module libuser.so.1 "$host/libmodule.so.1" '-Wl,-rpath,$ORIGIN' <<'END'
extern int state;
int bump(void) { return ++state; }
END
caller main <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <bulkhead/bulkhead.h>
int main(int count, char **arguments) {
  for (int i = 0; i < 3; ++i) {
    void *user = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
    if (!user) { puts(bh_dlerror()); return 1; }
    printf("%d ", ((int (*)(void))dlsym(user, "bump"))());
  }
  void *module = dlopen("libmodule.so.1", RTLD_NOW | RTLD_NOLOAD);
  printf("%d\n", module ? *(int *)dlsym(module, "state") : -1);
}
END
expect "2 3 4 4" ./main "$host/libuser.so.1"
