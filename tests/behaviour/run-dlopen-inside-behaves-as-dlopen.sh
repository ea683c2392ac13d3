#!/bin/bash
# dlopen, dlsym and dlclose in a capsule: NULL, RTLD_NOLOAD, RTLD_GLOBAL, counting, destructors,
# errors. Runs natively as well, with the same outcome.
. "${0%/*}/lib.sh"

library libsecond.so <<<'int second(void) { return 2; }'
library libplugin.so "$libs/libsecond.so" <<END
#include <stdio.h>
__attribute__((constructor)) static void start(void) { printf("+plugin "); }
__attribute__((destructor)) static void end(void) { printf("-plugin "); }
int second(void);
int plugin(void) { return second(); }
int global_one(void) { return 11; }
END
# Resolved by what was opened with RTLD_GLOBAL before, as plugins of plugins do.
library libwants.so <<<'int global_one(void); int wants(void) { return global_one(); }'
library libopener.so.1 -ldl <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
#define PLUGIN "libplugin.so"
static void *symbol(void *handle, const char *name) { dlerror(); return handle ? dlsym(handle, name) : NULL; }
int opener_symbol(void) { return 1; }
void all(void) {
  void *a, *b, *c;
  HOLDS("RTLD_NOLOAD before: NULL", dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD) == NULL);
  HOLDS("opened lazily", (a = dlopen(PLUGIN, RTLD_LAZY)) != NULL);
  HOLDS("opened again, one handle", (b = dlopen(PLUGIN, RTLD_NOW)) == a);
  HOLDS("RTLD_NOLOAD, one handle", (c = dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD)) == a);
  int (*plugin)(void) = symbol(a, "plugin");
  CLAIM("called", "%d", plugin ? plugin() : 0);
  HOLDS("dlsym, its dependency's", symbol(a, "second") != NULL);
  HOLDS("dlsym, its opener's: NULL", symbol(a, "opener_symbol") == NULL);
  HOLDS("RTLD_LOCAL, RTLD_DEFAULT: NULL", symbol(RTLD_DEFAULT, "plugin") == NULL);
  CLAIM("closed once", "%d", dlclose(a));
  CLAIM("closed twice", "%d", dlclose(b));
  CLAIM("closed for the third time", "%d", dlclose(c));
  HOLDS("RTLD_NOLOAD afterwards: NULL", dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD) == NULL);
  HOLDS("opened with RTLD_GLOBAL", dlopen(PLUGIN, RTLD_NOW | RTLD_GLOBAL) != NULL);
  b = dlopen("libwants.so", RTLD_NOW);
  int (*wants)(void) = symbol(b, "wants");
  CLAIM("RTLD_GLOBAL, another one's reference", "%d", wants ? wants() : 0);
  HOLDS("dlopen(NULL)", symbol(dlopen(NULL, RTLD_LAZY), "opener_symbol") != NULL);
  HOLDS("dlopen of an empty name", dlopen("", RTLD_NOW) == dlopen(NULL, RTLD_NOW));
  HOLDS("libc's handle", symbol(dlopen("libc.so.6", RTLD_LAZY), "printf") == printf);
  HOLDS("RTLD_NEXT, libc's", symbol(RTLD_NEXT, "puts") == puts);
  Dl_info info;
  HOLDS("dladdr", dladdr((void *)opener_symbol, &info) && info.dli_sname[0] == 'o');
  HOLDS("a file that is missing: NULL", dlopen("libmissing.so", RTLD_NOW) == NULL);
  HOLDS("dlerror", dlerror() != NULL);
  HOLDS("dlerror again: NULL", dlerror() == NULL);
  HOLDS("a mode that is none: NULL", dlopen(PLUGIN, 0) == NULL);
  printf("exit => ");
}
END
program main "$libs/libopener.so.1" <<<'void all(void); int main(void) { all(); }'
claims_natively_and_in libopener.so.1 -- ./main <<'END'
RTLD_NOLOAD before: NULL             => yes
opened lazily                        => +plugin yes
opened again, one handle             => yes
RTLD_NOLOAD, one handle              => yes
called                               => 2
dlsym, its dependency's              => yes
dlsym, its opener's: NULL            => yes
RTLD_LOCAL, RTLD_DEFAULT: NULL       => yes
closed once                          => 0
closed twice                         => 0
closed for the third time            => -plugin 0
RTLD_NOLOAD afterwards: NULL         => yes
opened with RTLD_GLOBAL              => +plugin yes
RTLD_GLOBAL, another one's reference => 11
dlopen(NULL)                         => yes
dlopen of an empty name              => yes
libc's handle                        => yes
RTLD_NEXT, libc's                    => yes
dladdr                               => yes
a file that is missing: NULL         => yes
dlerror                              => yes
dlerror again: NULL                  => yes
a mode that is none: NULL            => yes
exit                                 => -plugin
END
