#!/bin/bash
# The debugger's list of objects: a chain of namespaces, each of which tells of its libraries. (glibc's tst-dlmopen4.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

glibc_at_least 2.35 || skip "the chain of namespaces came with glibc 2.35"
module libknown.so.1 <<<'int getpid(void); int known(void) { return getpid() > 0; }'  # it needs libc
both debugger <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include "claims.h"
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
  CLAIM(when, "%d namespaces", spaces);
  CLAIM("  version", "%d", first()->base.r_version);
  CLAIM("  with the library", "%d", with);
  CLAIM("  that are being changed", "%d", states);
}
int main(int count, char **arguments) {
  void *handles[3];
  for (int i = 0; i < 3; ++i) handles[i] = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  show("open");
  bh_dlclose(handles[1]);
  show("closed");
}
EOF
agree_on debugger "$host/libknown.so.1" <<'END'
open                   => 4 namespaces
  version              => 2
  with the library     => 3
  that are being changed => 0
closed                 => 4 namespaces
  version              => 2
  with the library     => 2
  that are being changed => 0
END
