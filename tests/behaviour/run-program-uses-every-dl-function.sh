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
#include <stdio.h>
#include <string.h>
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
  printf("%d ", exposed());
#endif
  printf("missing %d", dlopen("libabsent.so.1", RTLD_NOW) == NULL);
  printf(" %s, ", error());
  int sum = 0;
  for (int i = 0; i < 200; i++) {
    void *one = dlopen("libexposed.so.1", i % 2 ? RTLD_NOW : RTLD_LAZY);
    sum += call(one, "exposed");
    dlclose(one);
    one = dlopen("$host/libplugin.so", i % 3 ? RTLD_NOW : RTLD_LAZY | (i % 2 ? RTLD_DEEPBIND : 0));
    sum += call(one, "plugin");
    dlclose(one);
  }
  printf("often %d, ", sum);
  void *handle = dlopen("libexposed.so.1", RTLD_NOW | RTLD_GLOBAL), *f = dlsym(handle, "exposed");
  printf("same %d%d%d%d ", dlsym(RTLD_DEFAULT, "exposed") == f, dlsym(RTLD_NEXT, "exposed") == f, dlsym(dlopen(NULL, RTLD_NOW), "exposed") == f, dlvsym(handle, "exposed", "V1") == f);
  printf("%d ", *(int *)dlsym(handle, "variable"));
  printf("%d ", dlsym(handle, "nothing") == NULL && dlvsym(handle, "exposed", "V2") == NULL);
  printf("%s, ", error());
  dladdr(f, &info);
  printf("%s %s ", last(info.dli_fname), info.dli_sname);
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  Lmid_t space = -9;
  dlinfo(handle, RTLD_DI_LMID, &space);
  printf("%s %ld, ", last(map->l_name), (long)space);
  printf("own file %d, ", call(dlopen("$host/libexposed.so.1", RTLD_NOW), "exposed"));
  printf("own space %d", call(dlmopen(LM_ID_NEWLM, "libexposed.so.1", RTLD_NOW), "exposed"));
}
END
program main -ldl <main.c
program linked -DLINKED "$libs/libexposed.so.1" -ldl <main.c
wanted="missing 1 libabsent.so.1: cannot open shared object file: No such file or directory, often 3200, \
same 1111 6 1 libexposed.so.1: undefined symbol: exposed, version V2, \
libexposed.so.1 exposed libexposed.so.1 0, own file 50, own space 5"
for name in main linked; do
    [[ $name == main ]] || wanted="5 $wanted"
    native=$(LD_LIBRARY_PATH=$libs ./$name)
    [[ $native == "$wanted" ]] || fail "the fixture is wrong: $native"
    expect "$wanted" run libexposed.so.1 -- ./$name
done
