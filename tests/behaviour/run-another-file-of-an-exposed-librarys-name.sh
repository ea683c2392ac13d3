#!/bin/bash
# What a program opens by the path of an exposed library's file is that one, and not another file of that SONAME
# which the program has opened before; with RTLD_NOLOAD it is not there, as natively.
. "${0%/*}/lib.sh"

library libfirst.so <<<'int first(void) { return 1; }'
library libtwice.so <<<'int number(void) { return 2; }'
cp "$libs"/lib{first,twice}.so "$host"
mkdir "$scratch/other"
compile "$scratch/other/libother.so" -shared -fPIC -Wl,-soname,libtwice.so <<<'int number(void) { return 3; }'
program main -Wl,--no-as-needed "$libs/libfirst.so" -ldl <<END
#include <dlfcn.h>
#include "claims.h"
static int number(const char *path, int mode) {
  void *handle = dlopen(path, RTLD_NOW | mode);
  int (*number)(void) = handle ? dlsym(handle, "number") : NULL;
  return number ? number() : -1;
}
int main(void) {
  CLAIM("the other one", "%d", number("$scratch/other/libother.so", 0));
  CLAIM("is not there", "%d", number("$host/libtwice.so", RTLD_NOLOAD));
  CLAIM("by its path", "%d", number("$host/libtwice.so", 0));
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libfirst.so,libtwice.so -- ./main <<'END'
the other one => 3
is not there  => -1
by its path   => 2
END

# Opened after the exposed library it takes the place of nothing.
program after -Wl,--no-as-needed "$libs/libfirst.so" -ldl <<END
#include <dlfcn.h>
#include "claims.h"
static int number(const char *path, int mode) {
  void *handle = dlopen(path, RTLD_NOW | mode);
  int (*number)(void) = handle ? dlsym(handle, "number") : NULL;
  return number ? number() : -1;
}
int main(void) {
  CLAIM("by its name", "%d", number("libtwice.so", 0));
  CLAIM("the other one", "%d", number("$scratch/other/libother.so", 0));
  CLAIM("is there", "%d", number("$host/libtwice.so", RTLD_NOLOAD));
}
END
claims env "LD_LIBRARY_PATH=$host" ./after <<'END'
by its name   => 2
the other one => 3
is there      => 2
END
hold claims.txt run libfirst.so,libtwice.so -- ./after
