#!/bin/bash
# What the program opens with RTLD_DEEPBIND looks into what came with it first, as natively, also by dlsym(RTLD_DEFAULT):
# its own definitions, and those of a shared library that it needs.
. "${0%/*}/lib.sh"

library libneeded.so <<<'int name = 1;'
library libdeep.so -Wl,--no-as-needed "$libs/libneeded.so" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int own = 10;
int *deep(const char *of) { return dlsym(RTLD_DEFAULT, of); }
END
cp "$libs/libneeded.so" "$host"
program main -Wl,-E -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int name = 2, own = 20;
int main(int count, char **arguments) {
  void *library = dlopen("libdeep.so", RTLD_NOW | (count > 1 ? RTLD_DEEPBIND : 0));
  int *(*deep)(const char *) = dlsym(library, "deep");
  CLAIM("its own", "%d", *deep("own"));
  CLAIM("what it needs", "%d", *deep("name"));
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libdeep.so --share libneeded.so -- ./main <<'END'
its own       => 20
what it needs => 2
END
claims_natively_and_in libdeep.so --share libneeded.so -- ./main deep <<'END'
its own       => 10
what it needs => 1
END
