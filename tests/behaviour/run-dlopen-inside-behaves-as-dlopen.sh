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
#include <stdio.h>
#define PLUGIN "libplugin.so"
static void *symbol(void *handle, const char *name) { dlerror(); return handle ? dlsym(handle, name) : NULL; }
int opener_symbol(void) { return 1; }
void all(void) {
  printf("unloaded %d, ", dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD) == NULL);
  void *a = dlopen(PLUGIN, RTLD_LAZY), *b = dlopen(PLUGIN, RTLD_NOW);
  void *c = dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD);
  printf("same %d %d, ", a && a == b, a == c);
  int (*plugin)(void) = symbol(a, "plugin");
  printf("call %d, ", plugin ? plugin() : 0);
  printf("dependency's %d, other's %d, ", symbol(a, "second") != NULL, symbol(a, "opener_symbol") != NULL);
  printf("local %d, ", symbol(RTLD_DEFAULT, "plugin") == NULL);
  dlclose(a); dlclose(b); printf("kept "); dlclose(c);
  printf("closed %d, ", dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD) == NULL);
  a = dlopen(PLUGIN, RTLD_NOW | RTLD_GLOBAL);
  b = dlopen("libwants.so", RTLD_NOW);
  int (*wants)(void) = symbol(b, "wants");
  printf("global %d %d, ", a != NULL, wants ? wants() : 0);
  printf("self %d %d, ", symbol(dlopen(NULL, RTLD_LAZY), "opener_symbol") != NULL, dlopen("", RTLD_NOW) == dlopen(NULL, RTLD_NOW));
  printf("libc %d %d, ", symbol(dlopen("libc.so.6", RTLD_LAZY), "printf") == printf, symbol(RTLD_NEXT, "puts") == puts);
  Dl_info info;
  printf("dladdr %d, ", dladdr((void *)opener_symbol, &info) && info.dli_sname[0] == 'o');
  printf("missing %d, ", dlopen("libmissing.so", RTLD_NOW) == NULL && dlerror() != NULL && dlerror() == NULL);
  printf("bad mode %d, ", dlopen(PLUGIN, 0) == NULL);
  printf("end ");
}
END
program main "$libs/libopener.so.1" <<<'void all(void); int main(void) { all(); }'
wanted="unloaded 1, +plugin same 1 1, call 2, dependency's 1, other's 0, local 1, kept -plugin closed 1, \
+plugin global 1 11, self 1 1, libc 1 1, dladdr 1, missing 1, bad mode 1, end -plugin "
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
expect "$wanted" run libopener.so.1 -- ./main
