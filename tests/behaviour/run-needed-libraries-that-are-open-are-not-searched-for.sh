#!/bin/bash
# A library that a plugin needs and that was opened before, wherever that lay, is the one that is open: it is not
# looked for again, and no other file of that name is loaded beside it. So is one that is found nowhere else.
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins"
at=$libs/plugins library basic.so <<<'int basic(void) { static int calls; return 40 + calls++; }'
at=$libs/plugins library second.so "$libs/plugins/basic.so" <<<'int basic(void); int second(void) { return basic() + 2; }'
library libfoo.so.1 <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static void *beside(const char *file) {
  Dl_info info;
  char path[4096];
  dladdr((void *)beside, &info);
  strcpy(path, info.dli_fname);
  strcpy(strrchr(path, '/') + 1, file);
  void *opened = dlopen(path, RTLD_NOW);
  if (!opened) puts(dlerror());
  return opened;
}
int foo(void) {
  void *basic = beside("plugins/basic.so");
  int (*first)(void) = dlsym(basic, "basic");
  first();
  void *second = beside("plugins/second.so");
  return second ? ((int (*)(void))dlsym(second, "second"))() : -1;
}
EOF
program main "$libs/libfoo.so.1" <<<'#include "claims.h"
int foo(void); int main(void) { CLAIM("the second plugin, after a call of the first one", "%d", foo()); }'
same() {
    claims_natively_and_in libfoo.so.1 -- ./main <<'EOF'
the second plugin, after a call of the first one => 43
EOF
}
same
library basic.so <<<'int basic(void) { return 1000; }'
same
