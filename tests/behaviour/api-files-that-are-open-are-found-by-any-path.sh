#!/bin/bash
# RTLD_NOLOAD finds what is open by any path of its file, as dlopen does, and nothing else.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

for at in "$libs" "$host"; do
    compile "$at/libfile.so" -shared -fPIC -Wl,-soname,libfile.so.1 <<<'int number = 1;'
    ln -s libfile.so "$at/libfile.so.1"
    at=$at library libother.so <<<'int number = 2;'
    at=$at library libuser.so -Wl,--no-as-needed "$at/libfile.so" <<<''
    at=$at library libasks.so <<<'#include <dlfcn.h>
int asks(const char *path) { return dlopen(path, RTLD_NOW | RTLD_NOLOAD) != 0; }'
done
caller main <<'END'
#include "api-calls.h"
#include "claims.h"
static bh_capsule *capsule;
static const char *directory;
static int is_open(const char *name) {
  char path[4096];
  bh_library *library = NULL;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  if (!capsule) return dlopen(path, RTLD_NOW | RTLD_NOLOAD) != NULL;
  return bh_library_open(capsule, path, RTLD_NOW | RTLD_NOLOAD, &library, NULL) == BH_OK;
}
int main(int count, char **arguments) {
  if (*arguments[1]) capsule = capsule_with(OPTIONS(.tree = arguments[1]));
  directory = capsule ? "/usr/lib" : arguments[2];
  HOLDS("before", is_open("libfile.so"));
  void *user = capsule ? (void *)library_in(capsule, "libuser.so") : dlopen("libuser.so", RTLD_NOW);
  void *asking = capsule ? (void *)library_in(capsule, "libasks.so") : dlopen("libasks.so", RTLD_NOW);
  HOLDS("by its file", is_open("libfile.so"));
  HOLDS("by the link", is_open("libfile.so.1"));
  HOLDS("another file", is_open("libother.so"));
  char path[4096];
  snprintf(path, sizeof path, "%s/libfile.so", directory);
  HOLDS("asked inside", ((int (*)(const char *))dlsym(asking, "asks"))(path));
}
END
claims_natively_and_exposed ./main "$host" <<'END'
before       => no
by its file  => yes
by the link  => yes
another file => no
asked inside => yes
END
