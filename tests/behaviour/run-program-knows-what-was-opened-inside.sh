#!/bin/bash
# What code in a capsule opens, the program has as it would natively: RTLD_NOLOAD finds an exposed library, RTLD_DEFAULT
# one that was opened with RTLD_GLOBAL, a handle that it is given it may close, and then the library ends.
. "${0%/*}/lib.sh"

library libopened.so.1 <<<'int opened(void) { return 5; }'
library libclosed.so <<'EOF'
#include <stdio.h>
__attribute__((destructor)) static void end(void) { printf("(it ends) "); }
int closed(void) { return 6; }
EOF
library libglobal.so.1 <<<'int global(void) { return 7; }'
library libopens.so.1 -ldl <<'EOF'
#include <dlfcn.h>
void *opens_globally(const char *file) { return dlopen(file, RTLD_NOW | RTLD_GLOBAL); }
void *opens(const char *file) { return dlopen(file, RTLD_NOW); }
EOF
program main "$libs/libopens.so.1" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
void *opens_globally(const char *file);
void *opens(const char *file);
int main(void) {
  HOLDS("before, RTLD_NOLOAD", dlopen("libopened.so.1", RTLD_NOW | RTLD_NOLOAD));
  void *inside = opens("libopened.so.1");
  void *loaded = dlopen("libopened.so.1", RTLD_NOW | RTLD_NOLOAD);
  HOLDS("after, RTLD_NOLOAD", loaded);
  int (*opened)(void) = loaded ? dlsym(loaded, "opened") : NULL;
  HOLDS("the same function", opened && opened == dlsym(inside, "opened") && opened() == 5);
  HOLDS("private to nobody", dlopen("libnobody.so", RTLD_NOW | RTLD_NOLOAD));
  void *given = opens("libclosed.so");
  HOLDS("the handle is good", dlsym(given, "closed"));
  CLAIM("closed by the program", "%d", dlclose(given));
  HOLDS("before, RTLD_DEFAULT", dlsym(RTLD_DEFAULT, "global"));
  void *global = opens_globally("libglobal.so.1");
  HOLDS("after, RTLD_DEFAULT", global && dlsym(RTLD_DEFAULT, "global") == dlsym(global, "global"));
  puts("(the end) ");
}
EOF
claims_natively_and_in libopens.so.1,libopened.so.1,libglobal.so.1 -- ./main <<'EOF'
before, RTLD_NOLOAD     => no
after, RTLD_NOLOAD      => yes
the same function       => yes
private to nobody       => no
the handle is good      => yes
closed by the program   => (it ends) 0
before, RTLD_DEFAULT    => no
after, RTLD_DEFAULT     => yes
(the end)
EOF
