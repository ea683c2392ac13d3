#!/bin/bash
# A library of the tree that opens others in its constructor, while the capsule itself is being
# opened, and a plugin that does so in its own.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs/private"
library libdeep.so <<<'int deep(void) { return 3; }'
at=$libs/private library libplugin.so -Wl,-rpath,'$ORIGIN/..' -ldl <<END
#include <dlfcn.h>
static int (*deep)(void);
__attribute__((constructor)) static void start(void) {
  void *handle = dlopen("libdeep.so", RTLD_NOW);
  if (handle) deep = dlsym(handle, "deep");
}
int plugin(void) { return deep ? deep() : -3; }
END
library libopener.so.1 -Wl,-rpath,'$ORIGIN/private' -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
static int (*plugin)(void);
__attribute__((constructor)) static void start(void) {
  void *handle = dlopen("libplugin.so", RTLD_NOW);
  if (!handle) printf("%s ", dlerror());
  if (handle) plugin = dlsym(handle, "plugin");
  void *math = dlopen("libm.so.6", RTLD_NOW);
  if (!math || !dlsym(math, "cos")) printf("no libm ");
}
int opener(void) { return plugin ? plugin() : -2; }
END
program main "$libs/libopener.so.1" <<END
#include <stdio.h>
int opener(void);
int main(void) { printf("%d", opener()); }
END
expect 3 run libopener.so.1 -- ./main
BULKHEAD_DEBUG=image run libopener.so.1 -- ./main 2>&1 >stdout | grep -c 'mirror of libc.so.6' >count || true
[[ $(<count) == 1 ]] || fail "libc.so.6 was mirrored $(<count) times"
