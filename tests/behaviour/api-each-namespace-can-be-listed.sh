#!/bin/bash
# bh_dl_iterate_ns_phdr lists what dl_iterate_phdr lists by plain dlmopen inside the namespace.
# (Long for what is asked of each library.)
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
#include <string.h>
#include "claims.h"
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
  CLAIM("library", "%s", name);
  HOLDS("  its address", map && map->l_addr == info->dlpi_addr);
  HOLDS("  its headers", loads > 1 && dynamic == 1);
  HOLDS("  all of the structure", size >= sizeof *info);
  if (info->dlpi_tls_modid) HOLDS("  its thread-locals", info->dlpi_tls_data != 0);
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
  CLAIM("a callback that stops", "%d", inside(stop, 0));
#else
  bh_dl_iterate_ns_phdr(space, show, first);
  CLAIM("a callback that stops", "%d", bh_dl_iterate_ns_phdr(space, stop, 0));
  CLAIM("in the base", "%d", bh_dl_iterate_ns_phdr(LM_ID_BASE, stop, 0));
  CLAIM("namespace 9", "%d", bh_dl_iterate_ns_phdr(9, stop, 0));
  CLAIM("namespace -7", "%d", bh_dl_iterate_ns_phdr(-7, stop, 0));
  CLAIM("a new namespace", "%d", bh_dl_iterate_ns_phdr(LM_ID_NEWLM, stop, 0));
#endif
}
EOF
cat >wanted.txt <<'END'
library => /liblisted.so.1
  its address => yes
  its headers => yes
  all of the structure => yes
library => /libleaf.so.1
  its address => yes
  its headers => yes
  all of the structure => yes
  its thread-locals => yes
library => /libshared.so.1
  its address => yes
  its headers => yes
  all of the structure => yes
a callback that stops => 42
END
claims ./iterate-plain "$libs/liblisted.so.1" <wanted.txt
cat >>wanted.txt <<'END'
in the base           => 42
namespace 9           => -1
namespace -7          => -1
a new namespace       => -1
END
claims ./iterate "$libs/liblisted.so.1" <wanted.txt
# A namespace that plain dlmopen made.
caller others <<'EOF'
#include "api-calls.h"
#include "claims.h"
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
  CLAIM("of plain dlmopen", "%d", bh_dl_iterate_ns_phdr(space, count_listed, &found));
  CLAIM("what is found there", "%d", found);
}
EOF
claims ./others "$libs/liblisted.so.1" <<'END'
of plain dlmopen    => 0
what is found there => 2
END
