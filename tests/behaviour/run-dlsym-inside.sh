#!/bin/bash
# Inside a capsule dlsym with its special handles, with its own and with dlopen(NULL)'s, and dlvsym find what
# they find natively, and dlerror says the same.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins"
library libbase.so.1 <<<'int base_value(void) { return 40; }'
echo 'V1 { global: both; }; V2 { global: both; };' >map
at=$libs/plugins library libversions.so -Wl,--version-script=map <<'END'
__attribute__((symver("both@V1"))) int one(void) { return 1; }
__attribute__((symver("both@@V2"))) int two(void) { return 2; }
END
library libinside.so.1 "$libs/libbase.so.1" -Wl,-rpath,'$ORIGIN/plugins' -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
int base_value(void);
int inside(void) { return 1; }
static const char *error(void) { char *text = dlerror(); return text ? strstr(text, "undefined symbol") : "no error"; }
static int call(void *f) { return f ? ((int (*)(void))f)() : -1; }
static void special_handles(void) {
  HOLDS("RTLD_DEFAULT, its own", dlsym(RTLD_DEFAULT, "inside") == inside);
  HOLDS("RTLD_DEFAULT, its dependency's", dlsym(RTLD_DEFAULT, "base_value") == base_value);
  HOLDS("RTLD_DEFAULT, libc's", dlsym(RTLD_DEFAULT, "malloc") == malloc);
  HOLDS("RTLD_DEFAULT, nobody's: NULL", dlsym(RTLD_DEFAULT, "nothing") == NULL);
  CLAIM("RTLD_DEFAULT, nobody's: dlerror", "%s", error());
  HOLDS("RTLD_NEXT, its dependency's", dlsym(RTLD_NEXT, "base_value") == base_value);
  HOLDS("RTLD_NEXT, libc's", dlsym(RTLD_NEXT, "fopen") == fopen);
  HOLDS("RTLD_NEXT, its own: NULL", dlsym(RTLD_NEXT, "inside") == NULL);
  CLAIM("RTLD_NEXT, its own: dlerror", "%s", error());
}
static void handles(void) {
  void *self = dlopen("libinside.so.1", RTLD_NOW), *program = dlopen(NULL, RTLD_LAZY);
  HOLDS("its own handle", dlsym(self, "inside") == inside);
  HOLDS("dlopen(NULL), its own", dlsym(program, "inside") == inside);
  HOLDS("dlopen(NULL), its dependency's", dlsym(program, "base_value") == base_value);
  CLAIM("dlopen(NULL), dlclose", "%d", dlclose(program));
}
static void versions(void) {
  void *versions = dlopen("libversions.so", RTLD_NOW);
  CLAIM("both@V1", "%d", call(dlvsym(versions, "both", "V1")));
  CLAIM("both@V2", "%d", call(dlvsym(versions, "both", "V2")));
  HOLDS("both@V3: NULL", dlvsym(versions, "both", "V3") == NULL);
  HOLDS("libc's by its version", dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.2.5") != NULL);
  HOLDS("by RUNPATH and by $ORIGIN the same", versions == dlopen("$ORIGIN/plugins/libversions.so", RTLD_LAZY));
}
void all(void) {
  special_handles();
  handles();
  versions();
}
END
program main "$libs/libinside.so.1" <<<'void all(void); int main(void) { all(); }'
claims_natively_and_in libinside.so.1 -- ./main <<'END'
RTLD_DEFAULT, its own              => yes
RTLD_DEFAULT, its dependency's     => yes
RTLD_DEFAULT, libc's               => yes
RTLD_DEFAULT, nobody's: NULL       => yes
RTLD_DEFAULT, nobody's: dlerror    => undefined symbol: nothing
RTLD_NEXT, its dependency's        => yes
RTLD_NEXT, libc's                  => yes
RTLD_NEXT, its own: NULL           => yes
RTLD_NEXT, its own: dlerror        => undefined symbol: inside
its own handle                     => yes
dlopen(NULL), its own              => yes
dlopen(NULL), its dependency's     => yes
dlopen(NULL), dlclose              => 0
both@V1                            => 1
both@V2                            => 2
both@V3: NULL                      => yes
libc's by its version              => yes
by RUNPATH and by $ORIGIN the same => yes
END
