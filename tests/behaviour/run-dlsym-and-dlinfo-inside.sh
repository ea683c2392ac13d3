#!/bin/bash
# Inside a capsule dlsym with its special handles, dlvsym, dlinfo, dladdr and dlmopen, constructors
# that dlopen, and counting of what was opened answer as natively.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins"
library libbase.so.1 <<<'int base_value(void) { return 40; }'
library libother.so.1 "$libs/libbase.so.1" <<<'int base_value(void); int other(void) { return base_value() + 1; }'
library libopens.so -ldl <<'END'
#include <dlfcn.h>
static void *handle;
__attribute__((constructor)) static void start(void) { handle = dlopen("libother.so.1", RTLD_NOW); }
int opens(void) { int (*f)(void) = handle ? dlsym(handle, "other") : 0; return f ? f() : -1; }
END
echo 'V1 { global: both; }; V2 { global: both; };' >map
at=$libs/plugins library libversions.so -Wl,--version-script=map <<'END'
__attribute__((symver("both@V1"))) int one(void) { return 1; }
__attribute__((symver("both@@V2"))) int two(void) { return 2; }
END
library libcounted.so <<'END'
#include <stdio.h>
#include <stdlib.h>
static void handler(void) { printf("atexit "); }
__attribute__((constructor)) static void start(void) { printf("+ "); atexit(handler); }
__attribute__((destructor)) static void end(void) { printf("- "); }
int counted(void) { static int n; return ++n; }
END
library libinside.so.1 "$libs/libbase.so.1" -Wl,-rpath,'$ORIGIN/plugins' -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int base_value(void);
static int hidden(void) { return 1; }
int inside(void) { return hidden(); }
static const char *last(const char *path) { const char *slash = strrchr(path, '/'); return slash ? slash + 1 : path; }
static const char *error(void) { char *text = dlerror(); return text ? strstr(text, "undefined symbol") : "no error"; }
static int call(void *f) { return f ? ((int (*)(void))f)() : -1; }
void all(void *of_program) {
  Dl_info info;
  struct link_map *map = NULL;
  ElfW(Sym) *symbol = NULL;
  printf("default %d%d%d ", dlsym(RTLD_DEFAULT, "inside") == inside, dlsym(RTLD_DEFAULT, "base_value") == base_value, dlsym(RTLD_DEFAULT, "malloc") == malloc);
  printf("%d", dlsym(RTLD_DEFAULT, "nothing") == NULL);
  printf(" %s, ", error());
  printf("next %d%d", dlsym(RTLD_NEXT, "base_value") == base_value, dlsym(RTLD_NEXT, "fopen") == fopen);
  printf("%d", dlsym(RTLD_NEXT, "inside") == NULL);
  printf(" %s, ", error());
  void *versions = dlopen("libversions.so", RTLD_NOW);
  printf("versions %d %d %d %d", call(dlvsym(versions, "both", "V1")), call(dlvsym(versions, "both", "V2")), dlvsym(versions, "both", "V3") == NULL, dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.2.5") != NULL);
  printf(" %d, ", versions == dlopen("$ORIGIN/plugins/libversions.so", RTLD_LAZY));
  void *base = dlopen("libbase.so.1", RTLD_NOW);
  Lmid_t space = -9;
  char origin[4096] = "";
  printf("info %d%d%d ", dlinfo(base, RTLD_DI_LMID, &space), dlinfo(base, RTLD_DI_LINKMAP, &map), dlinfo(base, RTLD_DI_ORIGIN, origin));
  printf("%s %s %d %d, ", last(map->l_name), last(origin), map == base, dlmopen(space, "libbase.so.1", RTLD_NOW) == base);
  void *addresses[] = {inside, base_value, qsort, of_program, hidden};
  for (int i = 0; i < 5; i++) if (dladdr(addresses[i], &info)) printf("%s:%s ", last(info.dli_fname), info.dli_sname ? info.dli_sname : "-");
  printf("%d ", dladdr1(inside, &info, (void **)&map, RTLD_DL_LINKMAP) && !strcmp(last(map->l_name), "libinside.so.1"));
  printf("%d, ", dladdr1(qsort, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol);
  printf("loaded %d%d%d, ", dlopen("libbase.so.1", RTLD_NOW | RTLD_NOLOAD) == base, dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD) != NULL, dlopen("libcounted.so", RTLD_NOW | RTLD_NOLOAD) == NULL);
  void *self = dlopen("libinside.so.1", RTLD_NOW), *program = dlopen(NULL, RTLD_LAZY);
  printf("self %d%d%d%d, ", dlsym(self, "inside") == inside, dlsym(program, "inside") == inside, dlsym(program, "base_value") == base_value, dlclose(program) == 0);
  printf("constructor %d, ", call(dlsym(dlopen("libopens.so", RTLD_NOW), "opens")));
  void *a = dlopen("libcounted.so", RTLD_NOW), *b = dlopen("libcounted.so", RTLD_NOW);
  printf("%d ", call(dlsym(a, "counted")));
  dlclose(a);
  printf("%d ", call(dlsym(b, "counted")));
  dlclose(b);
  a = dlopen("libcounted.so", RTLD_NOW | RTLD_NODELETE);
  printf("%d ", call(dlsym(a, "counted")));
  dlclose(a);
  printf("end ");
}
END
program main -rdynamic "$libs/libinside.so.1" <<'END'
void all(void *);
int of_program(void) { return 3; }
int main(void) { all(of_program); }
END
wanted="default 111 1 undefined symbol: nothing, next 111 undefined symbol: inside, versions 1 2 1 1 1, \
info 000 libbase.so.1 lib 1 1, libinside.so.1:inside libbase.so.1:base_value libc.so.6:qsort main:of_program \
libinside.so.1:- 1 1, loaded 111, self 1111, constructor 41, + 1 2 - atexit + 1 end atexit - "
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
expect "$wanted" run libinside.so.1 -- ./main
