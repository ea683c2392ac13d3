#!/bin/bash
# RTLD_GLOBAL means to a capsule of the interface what it means to plain dlopen: a library that was opened so goes with its
# last close, unless another one that was opened since is bound to it; and a library that the program shares is found by
# RTLD_DEFAULT once the program has opened it so.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libglobal.so <<<'#include <stdio.h>
int nobodys(void) { return 1; }
__attribute__((destructor)) static void end(void) { puts("the end of libglobal.so"); }'
twin libused.so <<<'#include <stdio.h>
int used(void) { return 1; }
__attribute__((destructor)) static void end(void) { puts("the end of libused.so"); }'
twin libplugin.so <<<'#define _GNU_SOURCE
#include <dlfcn.h>
int used(void);
int use(void) { return used(); }
int finds(const char *name) { return dlsym(RTLD_DEFAULT, name) != 0; }'
module libshared.so <<<'int shared(void) { return 1; }'
caller main -rdynamic <<'END'
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include "claims.h"
static bh_capsule *capsule;
static void *open_in(const char *file, int mode) {
  bh_library *library = NULL;
  if (!capsule) return dlopen(file, mode);
  return bh_library_open(capsule, file, mode, &library, NULL) ? NULL : library;
}
static int close_in(void *handle) { return capsule ? bh_library_close(handle, NULL) != BH_OK : dlclose(handle); }
int main(int count, char **arguments) {
  setbuf(stdout, NULL);
  if (*arguments[1]) {
    static const char *const share[] = {"libshared.so", NULL};
    bh_capsule_options options = {.size = sizeof options, .tree = arguments[1], .name = "shares", .share = share};
    if (bh_capsule_open(&options, &capsule, NULL)) return 1;
  }
  void *global = open_in("libglobal.so", RTLD_NOW | RTLD_GLOBAL), *used = open_in("libused.so", RTLD_NOW | RTLD_GLOBAL);
  dlopen("libshared.so", RTLD_NOW);
  void *plugin = open_in("libplugin.so", RTLD_NOW);
  if (!global || !used || !plugin) return 1;
  CLAIM("the one that nobody is bound to is closed", "%d", close_in(global));
  CLAIM("the one that the plugin uses is closed", "%d", close_in(used));
  CLAIM("and is still there", "%d", ((int (*)(void))dlsym(plugin, "use"))());
  int (*finds)(const char *) = (int (*)(const char *))dlsym(plugin, "finds");
  HOLDS("what was closed is found", finds("nobodys"));
  HOLDS("what the program has opened is found", finds("shared"));
  dlopen("libshared.so", RTLD_NOW | RTLD_GLOBAL);
  HOLDS("once it is global", finds("shared"));
  CLAIM("the plugin is closed", "%d", close_in(plugin));
}
END
claims_natively_and_exposed ./main <<'END'
the one that nobody is bound to is closed => the end of libglobal.so
0
the one that the plugin uses is closed => 0
and is still there => 1
what was closed is found => no
what the program has opened is found => no
once it is global => yes
the plugin is closed => the end of libused.so
0
END
