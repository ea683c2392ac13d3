#!/bin/bash
# bh_dl_iterate_ns_phdr lists what dl_iterate_phdr lists by plain dlmopen inside the namespace; bh_capsule_libraries lists
# a capsule's libraries with their roles, shared ones with the program's own file.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libshared.so.1 <<<'int shared_state = 5;'
library libshared.so.1 <<<'int shared_state = 6;'
library libleaf.so.1 <<<'__thread int leaf = 1; int *address(void) { return &leaf; }'
library liblisted.so.1 -Wl,--no-as-needed "$libs/libleaf.so.1" "$libs/libshared.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
#define _GNU_SOURCE
#include <link.h>
int inside(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data) { return dl_iterate_phdr(callback, data); }
extern int shared_state;
int get(void) { return shared_state; }
EOF

# Plain dlmopen: by dl_iterate_phdr called inside. bh_dlmopen: by the function for that.
both iterate <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
static int show(struct dl_phdr_info *info, size_t size, void *data) {
  struct link_map *first = data;
  int loads = 0, dynamic = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    loads += info->dlpi_phdr[i].p_type == PT_LOAD;
    dynamic += info->dlpi_phdr[i].p_type == PT_DYNAMIC;
  }
  const char *name = strrchr(info->dlpi_name, '/');
  if (!name || !(strstr(name, "listed") || strstr(name, "leaf") || strstr(name, "shared"))) return 0;
  struct link_map *map = first;
  while (map && strcmp(map->l_name, info->dlpi_name) != 0) map = map->l_next;
  printf("%s %d %d %d|", name, map && map->l_addr == info->dlpi_addr, loads > 1 && dynamic == 1, size >= sizeof *info);
  if (info->dlpi_tls_modid) printf("tls %d|", info->dlpi_tls_data != 0);
  return 0;
}
static int stop(struct dl_phdr_info *info, size_t size, void *data) { return 42; }
int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  if (!handle) return puts(bh_dlerror());
  struct link_map *first = handle;
  Lmid_t space = 0;
  dlinfo(handle, RTLD_DI_LMID, &space);
  while (first->l_prev) first = first->l_prev;
  ((int *(*)(void))dlsym(handle, "address"))();
#ifdef PLAIN
  int (*inside)(int (*)(struct dl_phdr_info *, size_t, void *), void *) = dlsym(handle, "inside");
  inside(show, first);
  printf(" %d 0 -1 -1 -1", inside(stop, 0));
#else
  bh_dl_iterate_ns_phdr(space, show, first);
  printf(" %d ", bh_dl_iterate_ns_phdr(space, stop, 0));
  printf("%d ", bh_dl_iterate_ns_phdr(LM_ID_BASE, stop, 0) != 42);
  printf("%d ", bh_dl_iterate_ns_phdr(9, stop, 0));
  printf("%d ", bh_dl_iterate_ns_phdr(-7, stop, 0));
  printf("%d", bh_dl_iterate_ns_phdr(LM_ID_NEWLM, stop, 0));
#endif
}
EOF
agree "/liblisted.so.1 1 1 1|/libleaf.so.1 1 1 1|tls 1|/libshared.so.1 1 1 1| 42 0 -1 -1 -1" iterate "$libs/liblisted.so.1"

# A namespace that plain dlmopen made.
caller others <<'EOF'
#include "api-calls.h"
static int count_listed(struct dl_phdr_info *info, size_t size, void *data) {
  *(int *)data += strstr(info->dlpi_name, "/liblisted.so.1") || strstr(info->dlpi_name, "/libc.so.6");
  if (strstr(info->dlpi_name, "/proc/")) *(int *)data += 100;
  return 0;
}
int main(int count, char **arguments) {
  void *plain = dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  Lmid_t space;
  int found = 0;
  dlinfo(plain, RTLD_DI_LMID, &space);
  int result = bh_dl_iterate_ns_phdr(space, count_listed, &found);
  printf("%d %d\n", result, found);
}
EOF
expect "0 2" ./others "$libs/liblisted.so.1"

caller roles "$host/libshared.so.1" "-Wl,-rpath,$host" -Wl,--no-as-needed <<'EOF'
#include "api-calls.h"
extern int shared_state;
static bh_capsule *capsule;
static int show(const bh_library_info *info, void *data) {
  static const char *const roles[] = {"private", "shared", "exposed"};
  if (strncmp(info->name, "lib", 3) != 0 && strncmp(info->name, "ld-linux", 8) != 0) printf("what is %s? ", info->name);
  if (info->size != sizeof *info || info->begin >= info->end) printf("wrong: ");
  if (!strstr("libc.so.6 liblisted.so.1 libleaf.so.1 libshared.so.1", info->name)) return 0;
  int of_tree = strncmp(info->file, data, strlen(data)) == 0;
  printf("%s %s%s", info->name, roles[info->role], of_tree ? " of the tree" : "");
  if (strcmp(info->name, "libshared.so.1") == 0) {
    const void *address = bh_symbol(info->library, "shared_state", 0, 0);
    printf(" %d", address == &shared_state);
  }
  if (strcmp(info->name, "libleaf.so.1") == 0) {
    void *function = bh_symbol(info->library, "address", 0, 0);
    printf(" %d", function >= info->begin && function < info->end);
  }
  puts("");
  return 0;
}
static int stop(const bh_library_info *info, void *data) { return 7; }
int main(int count, char **arguments) {
  capsule = capsule_with(OPTIONS(.tree = arguments[1], .share = NAMES("libshared.so.1")));
  bh_library *library = library_in(capsule, "liblisted.so.1");
  printf("%d %d\n", call(library, "get"), bh_capsule_libraries(capsule, show, arguments[1]));
  printf("%d\n", bh_capsule_libraries(capsule, stop, 0));
}
EOF
expect "libc.so.6 shared
liblisted.so.1 private of the tree
libleaf.so.1 private of the tree 1
libshared.so.1 shared 1
5 0
7" ./roles "$tree"
