#!/bin/bash
# What dladdr, dladdr1, dlinfo, dl_iterate_phdr inside and _dl_find_object tell of a namespace's libraries. (glibc's
# tst-dladdr, tst-dlinfo, tst-dlinfo-phdr, tst-dl_find_object, tst-origin, origtest. Long for the list of what is asked.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

mkdir "$host/sub"
at=$host/sub module libleaf.so.1 <<<'int leaf(void) { return 8; }'
module libknown.so.1 -Wl,--no-as-needed "$host/sub/libleaf.so.1" '-Wl,-rpath,$ORIGIN/sub' <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>
__thread int variable = 3;
int data = 1;
int known(void) { return 9; }
static int hidden(void) { return 1; }
// By code inside.
int tells(void) {
  Dl_info info;
  struct link_map *map;
  if (!dladdr1((void *)known, &info, (void **)&map, RTLD_DL_LINKMAP)) return 1;
  if (strcmp(info.dli_sname, "known") != 0 || info.dli_saddr != (void *)known) return 2;
  if (!strstr(info.dli_fname, "/libknown.so.1") || strcmp(map->l_name, info.dli_fname) != 0) return 3;
  const ElfW(Sym) *symbol;
  if (!dladdr1(&data, &info, (void **)&symbol, RTLD_DL_SYMENT) || symbol->st_size != sizeof data) return 4;
  if (!dladdr((void *)strlen, &info) || !strstr(info.dli_fname, "libc.so.6")) return 5;
  return dladdr((void *)1, &info) ? 6 : 0;
}
static int count_callback(struct dl_phdr_info *info, size_t size, void *found) {
  *(int *)found += strstr(info->dlpi_name, "/libknown.so.1") != 0 || strstr(info->dlpi_name, "/libleaf.so.1") != 0;
  return 0;
}
int listed(void) {
  int found = 0;
  dl_iterate_phdr(count_callback, &found);
  return found;
}
int *thread_local_address(void) { return &variable; }
EOF
both program <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
#include "dlmopen-plain.h"

static int chain_of(struct link_map *map, const char *name) {
  int found = 0;
  while (map->l_prev) map = map->l_prev;
  for (; map; map = map->l_next) found += strstr(map->l_name, name) != 0;
  return found;
}

int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  if (!handle) return puts(bh_dlerror());
  char *directory = strdup(arguments[1]), text[4096];
  *strrchr(directory, '/') = 0;

  Dl_info info;
  struct link_map *map = 0, *same = 0;
  void *known = dlsym(handle, "known");
  HOLDS("dladdr1", dladdr1(known, &info, (void **)&map, RTLD_DL_LINKMAP));
  HOLDS("dladdr1, link map", map == handle);
  CLAIM("dladdr1, symbol", "%s", info.dli_sname);
  HOLDS("dladdr1, file", strcmp(info.dli_fname, arguments[1]) == 0);
  HOLDS("dladdr1, base", info.dli_fbase == (void *)map->l_addr);

  Lmid_t space = -9;
  CLAIM("RTLD_DI_LMID", "%d", dlinfo(handle, RTLD_DI_LMID, &space));
  HOLDS("a namespace's id", space > 0);
  CLAIM("RTLD_DI_LINKMAP", "%d", dlinfo(handle, RTLD_DI_LINKMAP, &same));
  HOLDS("the same link map", same == map);
  CLAIM("RTLD_DI_ORIGIN", "%d", dlinfo(handle, RTLD_DI_ORIGIN, text));
  HOLDS("the file's directory", strcmp(text, directory) == 0);
  size_t module = 0;
  void *block = 0;
  int *(*variable)(void) = (int *(*)(void))dlsym(handle, "thread_local_address");
  *variable() = 4;
  dlinfo(handle, RTLD_DI_TLS_MODID, &module);
  dlinfo(handle, RTLD_DI_TLS_DATA, &block);
  HOLDS("RTLD_DI_TLS_MODID", module > 0);
  HOLDS("RTLD_DI_TLS_DATA", block == variable());
  CLAIM("dlsym, a thread-local variable", "%d", *(int *)dlsym(handle, "variable"));

  Dl_serinfo size, *paths;
  dlinfo(handle, RTLD_DI_SERINFOSIZE, &size);
  paths = malloc(size.dls_size);
  dlinfo(handle, RTLD_DI_SERINFOSIZE, paths);
  CLAIM("RTLD_DI_SERINFO", "%d", dlinfo(handle, RTLD_DI_SERINFO, paths));
  snprintf(text, sizeof text, "%s/sub", directory);
  HOLDS("the first search path", strcmp(paths->dls_serpath[0].dls_name, text) == 0);

  CLAIM("dladdr and dladdr1 inside", "%d wrong", ((int (*)(void))dlsym(handle, "tells"))());
  CLAIM("dl_iterate_phdr inside", "%d", ((int (*)(void))dlsym(handle, "listed"))());
  CLAIM("in the namespace's chain", "%d", chain_of(handle, "/libknown.so.1"));
  CLAIM("in the namespace's chain, what it needs", "%d", chain_of(handle, "/sub/libleaf.so.1"));
  CLAIM("in the base's chain", "%d", chain_of(dlopen(0, RTLD_LAZY), "/libknown.so.1"));

#ifdef RTLD_DI_PHDR
  const ElfW(Phdr) *headers = 0;
  int number = dlinfo(handle, RTLD_DI_PHDR, &headers);
  HOLDS("RTLD_DI_PHDR", number > 0 && headers[0].p_type == PT_LOAD);
#else
  HOLDS("RTLD_DI_PHDR", 1);
#endif
#ifdef DLFO_STRUCT_HAS_EH_DBASE
  struct dl_find_object object;
  int found = _dl_find_object(known, &object);
  CLAIM("_dl_find_object", "%d", found);
  HOLDS("_dl_find_object, link map", object.dlfo_link_map == handle);
  HOLDS("_dl_find_object, unwind tables", object.dlfo_eh_frame != 0);
  found = _dl_find_object((char *)object.dlfo_map_end - 1, &object);
  HOLDS("_dl_find_object, the last byte", found == 0 && object.dlfo_link_map == handle);
  bh_dlclose(handle);
  CLAIM("_dl_find_object, closed", "%d", _dl_find_object(known, &object));
#endif
}
EOF
cat >wanted.txt <<'END'
dladdr1                                 => yes
dladdr1, link map                       => yes
dladdr1, symbol                         => known
dladdr1, file                           => yes
dladdr1, base                           => yes
RTLD_DI_LMID                            => 0
a namespace's id                        => yes
RTLD_DI_LINKMAP                         => 0
the same link map                       => yes
RTLD_DI_ORIGIN                          => 0
the file's directory                    => yes
RTLD_DI_TLS_MODID                       => yes
RTLD_DI_TLS_DATA                        => yes
dlsym, a thread-local variable          => 4
RTLD_DI_SERINFO                         => 0
the first search path                   => yes
dladdr and dladdr1 inside               => 0 wrong
dl_iterate_phdr inside                  => 2
in the namespace's chain                => 1
in the namespace's chain, what it needs => 1
in the base's chain                     => 0
RTLD_DI_PHDR                            => yes
_dl_find_object                         => 0
_dl_find_object, link map               => yes
_dl_find_object, unwind tables          => yes
_dl_find_object, the last byte          => yes
_dl_find_object, closed                 => -1
END
# It came with glibc 2.35.
glibc_at_least 2.35 || sed -i /_dl_find_object/d wanted.txt
agree_on program "$host/libknown.so.1" <wanted.txt
