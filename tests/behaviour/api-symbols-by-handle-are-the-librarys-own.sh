#!/bin/bash
# By the handle of a library in a capsule dlsym, dlvsym and bh_symbol find what dlsym finds by the handle that dlopen gives:
# the definition of the library, or of what it needs, also if that is shared and the program has a function of that name, which
# references lead to.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libshared.so <<<'int own(void) { return 1; }'
cp "$host/libshared.so" "$libs"
for at in "$host" "$libs"; do
    at=$at library libplugin.so -Wl,--no-as-needed "$libs/libshared.so" <<<'int own(void); int refers(void) { return own(); }'
done
caller main -rdynamic <<EOF
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include "claims.h"
int own(void) { return 2; }
static int call(void *function) { return function ? ((int (*)(void))function)() : -1; }
int main(void) {
  void *plain = dlopen("libplugin.so", RTLD_NOW);
  CLAIM("dlopen: a reference", "%d", call(dlsym(plain, "refers")));
  CLAIM("dlopen: by the handle", "%d", call(dlsym(plain, "own")));
  static const char *const share[] = {"libshared.so", NULL};
  bh_capsule_options options = {.size = sizeof options, .tree = "$tree", .name = "shares", .share = share};
  bh_capsule *capsule;
  bh_library *library;
  if (bh_capsule_open(&options, &capsule, NULL) || bh_library_open(capsule, "libplugin.so", RTLD_NOW, &library, NULL)) return 1;
  CLAIM("a capsule: a reference", "%d", call(dlsym(library, "refers")));
  CLAIM("a capsule: by the handle", "%d", call(dlsym(library, "own")));
  CLAIM("a capsule: bh_symbol", "%d", call(bh_symbol(library, "own", NULL, NULL)));
  HOLDS("nobody's", dlsym(library, "nobody"));
  HOLDS("a message", dlerror());
}
EOF
LD_LIBRARY_PATH=$host claims ./main <<'EOF'
dlopen: a reference      => 2
dlopen: by the handle    => 1
a capsule: a reference   => 2
a capsule: by the handle => 1
a capsule: bh_symbol     => 1
nobody's                 => no
a message                => yes
EOF
