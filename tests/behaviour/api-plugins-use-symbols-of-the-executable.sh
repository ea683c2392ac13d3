#!/bin/bash
# A plugin that is opened in a capsule may use what an executable exports for its plugins, as one that dlopen opens may.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libplugin.so -Wl,-z,now <<<'int of_host(int); extern int setting; int plugin(void) { return of_host(setting); }'
caller main -rdynamic <<EOF
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include "claims.h"
int setting = 6;
int of_host(int value) { return value + 1; }
static int call(void *library) {
  int (*plugin)(void) = library ? dlsym(library, "plugin") : NULL;
  return plugin ? plugin() : -1;
}
int main(void) {
  CLAIM("dlopen", "%d", call(dlopen("$host/libplugin.so", RTLD_NOW)));
  CLAIM("a capsule", "%d", call(bh_dlmopen(LM_ID_NEWLM, "$host/libplugin.so", RTLD_NOW)));
}
EOF
claims ./main <<'EOF'
dlopen    => 7
a capsule => 7
EOF
