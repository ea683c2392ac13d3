#!/bin/bash
# Inside a capsule dlinfo, dladdr, dladdr1, dlmopen and RTLD_NOLOAD answer as natively, of the library itself, its
# dependency, libc and the program.
. "${0%/*}/lib.sh"

library libbase.so.1 <<<'int base_value(void) { return 40; }'
library libinside.so.1 "$libs/libbase.so.1" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
int base_value(void);
static int hidden(void) { return 1; }
int inside(void) { return hidden(); }
static const char *last(const char *path) { const char *slash = strrchr(path, '/'); return slash ? slash + 1 : path; }
static void *loaded(const char *file) { return dlopen(file, RTLD_NOW | RTLD_NOLOAD); }
static void informations(void) {
  struct link_map *map = NULL;
  void *base = dlopen("libbase.so.1", RTLD_NOW);
  Lmid_t space = -9;
  char origin[4096] = "";
  CLAIM("RTLD_DI_LMID", "%d", dlinfo(base, RTLD_DI_LMID, &space));
  CLAIM("RTLD_DI_LINKMAP", "%d", dlinfo(base, RTLD_DI_LINKMAP, &map));
  CLAIM("the link map's name", "%s", last(map->l_name));
  CLAIM("RTLD_DI_ORIGIN", "%d", dlinfo(base, RTLD_DI_ORIGIN, origin));
  CLAIM("the origin", "%s", last(origin));
  HOLDS("the link map is the handle", map == base);
  HOLDS("dlmopen by the LMID", dlmopen(space, "libbase.so.1", RTLD_NOW) == base);
  HOLDS("RTLD_NOLOAD, a dependency", loaded("libbase.so.1") == base);
  HOLDS("RTLD_NOLOAD, libc", loaded("libc.so.6") != NULL);
  HOLDS("RTLD_NOLOAD, not loaded: NULL", loaded("libabsent.so") == NULL);
}
static void address(const char *name, void *of) {
  Dl_info info = {0};
  int found = dladdr(of, &info);
  CLAIM(name, "%d %s:%s", found != 0, last(info.dli_fname ? info.dli_fname : ""), info.dli_sname ? info.dli_sname : "-");
}
static void addresses(void *of_program) {
  Dl_info info;
  struct link_map *map = NULL;
  ElfW(Sym) *symbol = NULL;
  address("dladdr, its own", inside);
  address("dladdr, its dependency's", base_value);
  address("dladdr, libc's", qsort);
  address("dladdr, the program's", of_program);
  address("dladdr, one without a symbol", hidden);
  HOLDS("dladdr1, link map", dladdr1(inside, &info, (void **)&map, RTLD_DL_LINKMAP) && !strcmp(last(map->l_name), "libinside.so.1"));
  HOLDS("dladdr1, symbol", dladdr1(qsort, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol);
}
void all(void *of_program) {
  informations();
  addresses(of_program);
}
END
program main -rdynamic "$libs/libinside.so.1" <<'END'
void all(void *);
int of_program(void) { return 3; }
int main(void) { all(of_program); }
END
claims_natively_and_in libinside.so.1 -- ./main <<'END'
RTLD_DI_LMID                  => 0
RTLD_DI_LINKMAP               => 0
the link map's name           => libbase.so.1
RTLD_DI_ORIGIN                => 0
the origin                    => lib
the link map is the handle    => yes
dlmopen by the LMID           => yes
RTLD_NOLOAD, a dependency     => yes
RTLD_NOLOAD, libc             => yes
RTLD_NOLOAD, not loaded: NULL => yes
dladdr, its own               => 1 libinside.so.1:inside
dladdr, its dependency's      => 1 libbase.so.1:base_value
dladdr, libc's                => 1 libc.so.6:qsort
dladdr, the program's         => 1 main:of_program
dladdr, one without a symbol  => 1 libinside.so.1:-
dladdr1, link map             => yes
dladdr1, symbol               => yes
END
