#!/bin/bash
# RTLD_DEFAULT of a plugin finds what the program has opened with RTLD_GLOBAL and shares, also where the program itself has
# many of the names that come first in that library.
. "${0%/*}/api.bash"

twin libplugin.so <<<'#define _GNU_SOURCE
#include <dlfcn.h>
int finds(const char *name) { return dlsym(RTLD_DEFAULT, name) != 0; }'
F=$(for i in 1 2 3 4 5 6; do echo "int f$i(void) { return 1; }"; done)
module libshared.so <<<"$F int shared(void) { return 1; }"
caller main -rdynamic <<END
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include "claims.h"
$F
static bh_capsule *capsule;
static void *open_in(const char *file, int mode) {
  bh_library *library = NULL;
  if (!capsule) return dlopen(file, mode);
  return bh_library_open(capsule, file, mode, &library, NULL) ? NULL : library;
}
int main(int count, char **arguments) {
  if (*arguments[1]) {
    static const char *const share[] = {"libshared.so", NULL};
    bh_capsule_options options = {.size = sizeof options, .tree = arguments[1], .name = "shares", .share = share};
    if (bh_capsule_open(&options, &capsule, NULL)) return 1;
  }
  void *plugin = open_in("libplugin.so", RTLD_NOW);
  int (*finds)(const char *) = (int (*)(const char *))dlsym(plugin, "finds");
  dlopen("libshared.so", RTLD_NOW | RTLD_GLOBAL);
  HOLDS("once it is global", finds("shared"));
}
END
claims_natively_and_exposed ./main <<<'once it is global => yes'
