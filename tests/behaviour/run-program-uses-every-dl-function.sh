#!/bin/bash
# The program's dlsym, dlvsym, dlinfo, dladdr and dlmopen on an exposed library, hundreds of
# dlopen and dlclose, and a file of that name of its own: as with the library itself.
. "${0%/*}/lib.sh"

echo 'V1 { *; };' >map
library libexposed.so.1 -Wl,--version-script=map <<<'int exposed(void) { return 5; } int variable = 6;'
at=$host library libexposed.so.1 -Wl,--version-script=map <<<'int exposed(void) { return 50; } int variable = 60;'
at=$host library libplugin.so "$libs/libexposed.so.1" <<'END'
int exposed(void);
extern int variable;
int plugin(void) { return exposed() + variable; }
END
cat >main.c <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include "claims.h"
static const char *last(const char *path) { const char *slash = strrchr(path, '/'); return slash ? slash + 1 : path; }
static const char *error(void) { char *text = dlerror(); return text ? last(text) : "no error"; }
static int call(void *handle, const char *name) { int (*f)(void) = handle ? dlsym(handle, name) : NULL; return f ? f() : -1; }
#ifdef LINKED
int exposed(void);
#endif
int main(void) {
  Dl_info info;
  struct link_map *map = NULL;
#ifdef LINKED
  CLAIM("linked", "%d", exposed());
#endif
  HOLDS("dlopen of what is absent: NULL", dlopen("libabsent.so.1", RTLD_NOW) == NULL);
  CLAIM("dlopen of what is absent: dlerror", "%s", error());
  int sum = 0;
  for (int i = 0; i < 200; i++) {
    void *one = dlopen("libexposed.so.1", i % 2 ? RTLD_NOW : RTLD_LAZY);
    sum += call(one, "exposed");
    dlclose(one);
    one = dlopen("$host/libplugin.so", i % 3 ? RTLD_NOW : RTLD_LAZY | (i % 2 ? RTLD_DEEPBIND : 0));
    sum += call(one, "plugin");
    dlclose(one);
  }
  CLAIM("opened and closed 400 times", "%d", sum);
  void *handle = dlopen("libexposed.so.1", RTLD_NOW | RTLD_GLOBAL), *f = dlsym(handle, "exposed");
  HOLDS("RTLD_DEFAULT", dlsym(RTLD_DEFAULT, "exposed") == f);
  HOLDS("RTLD_NEXT", dlsym(RTLD_NEXT, "exposed") == f);
  HOLDS("dlopen(NULL)", dlsym(dlopen(NULL, RTLD_NOW), "exposed") == f);
  HOLDS("dlvsym", dlvsym(handle, "exposed", "V1") == f);
  CLAIM("dlsym, a variable", "%d", *(int *)dlsym(handle, "variable"));
  HOLDS("dlsym of what is not there: NULL", dlsym(handle, "nothing") == NULL);
  HOLDS("dlvsym, a version that is not there: NULL", dlvsym(handle, "exposed", "V2") == NULL);
  CLAIM("dlvsym, a version that is not there: dlerror", "%s", error());
  dladdr(f, &info);
  CLAIM("dladdr", "%s %s", last(info.dli_fname), info.dli_sname);
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  Lmid_t space = -9;
  dlinfo(handle, RTLD_DI_LMID, &space);
  CLAIM("RTLD_DI_LINKMAP", "%s", last(map->l_name));
  CLAIM("RTLD_DI_LMID", "%ld", (long)space);
  CLAIM("a file of its own, by its path", "%d", call(dlopen("$host/libexposed.so.1", RTLD_NOW), "exposed"));
  CLAIM("dlmopen, a namespace of its own", "%d", call(dlmopen(LM_ID_NEWLM, "libexposed.so.1", RTLD_NOW), "exposed"));
}
END
program main -ldl <main.c
program linked -DLINKED "$libs/libexposed.so.1" -ldl <main.c
{ echo 'linked => 5'; cat; } >linked.txt <<'END'
dlopen of what is absent: NULL               => yes
dlopen of what is absent: dlerror            => libabsent.so.1: cannot open shared object file: No such file or directory
opened and closed 400 times                  => 3200
RTLD_DEFAULT                                 => yes
RTLD_NEXT                                    => yes
dlopen(NULL)                                 => yes
dlvsym                                       => yes
dlsym, a variable                            => 6
dlsym of what is not there: NULL             => yes
dlvsym, a version that is not there: NULL    => yes
dlvsym, a version that is not there: dlerror => libexposed.so.1: undefined symbol: exposed, version V2
dladdr                                       => libexposed.so.1 exposed
RTLD_DI_LINKMAP                              => libexposed.so.1
RTLD_DI_LMID                                 => 0
a file of its own, by its path               => 50
dlmopen, a namespace of its own              => 5
END
claims_natively_and_in libexposed.so.1 -- ./linked <linked.txt
sed 1d linked.txt | claims_natively_and_in libexposed.so.1 -- ./main
