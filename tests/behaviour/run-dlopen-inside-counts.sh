#!/bin/bash
# Inside a capsule what dlopen opened is counted: a library ends with its last dlclose, or at exit with RTLD_NODELETE,
# and begins anew. A constructor may open one.
. "${0%/*}/lib.sh"

library libbase.so.1 <<<'int base_value(void) { return 40; }'
library libother.so.1 "$libs/libbase.so.1" <<<'int base_value(void); int other(void) { return base_value() + 1; }'
library libopens.so -ldl <<'END'
#include <dlfcn.h>
static void *handle;
__attribute__((constructor)) static void start(void) { handle = dlopen("libother.so.1", RTLD_NOW); }
int opens(void) { int (*f)(void) = handle ? dlsym(handle, "other") : 0; return f ? f() : -1; }
END
library libcounted.so <<'END'
#include <stdio.h>
#include <stdlib.h>
static void handler(void) { printf("atexit "); }
__attribute__((constructor)) static void start(void) { printf("+ "); atexit(handler); }
__attribute__((destructor)) static void end(void) { printf("- "); }
int counted(void) { static int n; return ++n; }
END
library libinside.so.1 "$libs/libbase.so.1" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
static int call(void *f) { return f ? ((int (*)(void))f)() : -1; }
static void counting(void) {
  void *a, *b;
  HOLDS("opened twice, one handle", (a = dlopen("libcounted.so", RTLD_NOW)) == (b = dlopen("libcounted.so", RTLD_NOW)));
  CLAIM("first call", "%d", call(dlsym(a, "counted")));
  CLAIM("closed once", "%d", dlclose(a));
  CLAIM("second call", "%d", call(dlsym(b, "counted")));
  CLAIM("closed twice", "%d", dlclose(b));
  HOLDS("opened anew", (a = dlopen("libcounted.so", RTLD_NOW | RTLD_NODELETE)) != NULL);
  CLAIM("first call of the new one", "%d", call(dlsym(a, "counted")));
  CLAIM("RTLD_NODELETE, closed", "%d", dlclose(a));
}
void all(void) {
  CLAIM("a constructor's dlopen", "%d", call(dlsym(dlopen("libopens.so", RTLD_NOW), "opens")));
  counting();
  printf("exit => ");
}
END
program main "$libs/libinside.so.1" <<<'void all(void); int main(void) { all(); }'
claims_natively_and_in libinside.so.1 -- ./main <<'END'
a constructor's dlopen    => 41
opened twice, one handle  => + yes
first call                => 1
closed once               => 0
second call               => 2
closed twice              => - atexit 0
opened anew               => + yes
first call of the new one => 1
RTLD_NODELETE, closed     => 0
exit                      => atexit -
END
