#!/bin/bash
# What dladdr, dladdr1, dlinfo, dl_iterate_phdr inside, _dl_find_object and the debugger's list of objects tell of a
# namespace's libraries. (glibc's tst-dladdr, tst-dlinfo, tst-dlinfo-phdr, tst-dl_find_object, tst-dlmopen4,
# tst-origin, origtest.)
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
  printf("dladdr1 %d ", dladdr1(known, &info, (void **)&map, RTLD_DL_LINKMAP) != 0);
  printf("%d %s %d\n", map == handle, info.dli_sname, strcmp(info.dli_fname, arguments[1]) == 0);
  printf("base %d\n", info.dli_fbase == (void *)map->l_addr);

  Lmid_t space = -9;
  int asked = dlinfo(handle, RTLD_DI_LMID, &space);
  printf("lmid %d %d ", asked, space > 0);
  asked = dlinfo(handle, RTLD_DI_LINKMAP, &same);
  printf("linkmap %d %d ", asked, same == map);
  asked = dlinfo(handle, RTLD_DI_ORIGIN, text);
  printf("origin %d %d\n", asked, strcmp(text, directory) == 0);
  size_t module = 0;
  void *block = 0;
  int *(*variable)(void) = (int *(*)(void))dlsym(handle, "thread_local_address");
  *variable() = 4;
  dlinfo(handle, RTLD_DI_TLS_MODID, &module);
  dlinfo(handle, RTLD_DI_TLS_DATA, &block);
  printf("tls %d %d %d\n", module > 0, block == variable(), *(int *)dlsym(handle, "variable"));

  Dl_serinfo size, *paths;
  dlinfo(handle, RTLD_DI_SERINFOSIZE, &size);
  paths = malloc(size.dls_size);
  dlinfo(handle, RTLD_DI_SERINFOSIZE, paths);
  asked = dlinfo(handle, RTLD_DI_SERINFO, paths);
  snprintf(text, sizeof text, "%s/sub", directory);
  printf("paths %d %d\n", asked, strcmp(paths->dls_serpath[0].dls_name, text) == 0);

  printf("inside %d %d\n", ((int (*)(void))dlsym(handle, "tells"))(), ((int (*)(void))dlsym(handle, "listed"))());
  printf("listed %d %d ", chain_of(handle, "/libknown.so.1"), chain_of(handle, "/sub/libleaf.so.1"));
  printf("%d\n", chain_of(dlopen(0, RTLD_LAZY), "/libknown.so.1"));

#ifdef RTLD_DI_PHDR
  const ElfW(Phdr) *headers = 0;
  int number = dlinfo(handle, RTLD_DI_PHDR, &headers);
  printf("headers %d\n", number > 0 && headers[0].p_type == PT_LOAD);
#else
  puts("headers 1");
#endif
#ifdef DLFO_STRUCT_HAS_EH_DBASE
  struct dl_find_object object;
  int found = _dl_find_object(known, &object);
  printf("find %d %d %d\n", found, object.dlfo_link_map == handle, object.dlfo_eh_frame != 0);
  found = _dl_find_object((char *)object.dlfo_map_end - 1, &object);
  printf("end %d\n", found == 0 && object.dlfo_link_map == handle);
  bh_dlclose(handle);
  printf("closed %d\n", _dl_find_object(known, &object));
#else
  puts("find 0 1 1\nend 1\nclosed -1");
#endif
}
EOF
agree "dladdr1 1 1 known 1
base 1
lmid 0 1 linkmap 0 1 origin 0 1
tls 1 1 4
paths 0 1
inside 0 2
listed 1 1 0
headers 1
find 0 1 1
end 1
closed -1" program "$host/libknown.so.1"

# The debugger's list: a chain of namespaces, each of which tells of its libraries (since glibc 2.35).
if glibc_at_least 2.35; then
    both debugger <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
static struct r_debug_extended *first(void) {
  for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag; ++entry)
    if (entry->d_tag == DT_DEBUG) return (void *)entry->d_un.d_ptr;
  return 0;
}
static void show(const char *when) {
  int spaces = 0, with = 0, states = 0;
  for (struct r_debug_extended *each = first(); each; each = each->r_next) {
    states += each->base.r_state != RT_CONSISTENT;
    int here = 0;
    for (struct link_map *map = each->base.r_map; map; map = map->l_next) here += strstr(map->l_name, "libknown.so.1") != 0;
    with += here == 1 && each != first();
    ++spaces;
  }
  printf("%s: version %d, %d in %d, busy %d\n", when, first()->base.r_version, with, spaces, states);
}
int main(int count, char **arguments) {
  void *handles[3];
  for (int i = 0; i < 3; ++i) handles[i] = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  show("open");
  bh_dlclose(handles[1]);
  show("closed");
}
EOF
    agree "open: version 2, 3 in 4, busy 0
closed: version 2, 2 in 4, busy 0" debugger "$host/libknown.so.1"
fi
