#!/bin/bash
# LD_AUDIT: an auditor sees each library of a namespace come and go with its namespace, may try to open some itself,
# and its own libraries are left alone. Since glibc 2.35: before, making a namespace crashes ld.so (bug 28062).
# (glibc's tst-audit18, 20, 23, 28, tst-dlopen-auditdup, tst-auditmany.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"
glibc_at_least 2.35 || skip "ld.so of this glibc crashes on a new namespace while there is an auditor"

module libneed.so.1 <<<'int need(void) { return 2; }'
module libsound.so.1 -Wl,--no-as-needed "$host/libneed.so.1" '-Wl,-rpath,$ORIGIN' <<<'int sound(void) { return 1; }'
auditor() { module "libauditor$1.so" "${@:2}" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
static const char *const known[] = {"libneed.so.1", "libsound.so.1"};
static const char *name_of(const char *path) {
  for (int i = 0; i < 2; ++i) if (strstr(path, known[i])) return known[i];
  return 0;
}
unsigned la_version(unsigned version) { return version; }
unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie) {
  const char *name = name_of(map->l_name);
  *cookie = (uintptr_t)name;
  if (name) dprintf(1, "%s>%s ", name, space == LM_ID_BASE ? "base" : "apart");
#ifdef OPENS
  if (name && strcmp(name, "libsound.so.1") == 0)
    dprintf(1, "(%s) ", dlmopen(LM_ID_NEWLM, "/absent.so", RTLD_NOW) ? "opened" : "not opened");
#endif
  return 0;
}
unsigned la_objclose(uintptr_t *cookie) {
  for (int i = 0; i < 2; ++i) if (*cookie == (uintptr_t)known[i]) dprintf(1, "%s< ", known[i]);
  return 0;
}
char *la_objsearch(const char *name, uintptr_t *cookie, unsigned flag) { return (char *)name; }
EOF
}
module libsilent.so.1 <<<'int x;'
auditor 1
auditor 2 -DOPENS

watched() { # ORACLE AUDITOR
    steps_program
    LD_AUDIT=$host/libauditor$2.so run_steps "$1" wanted.txt
}
# In what order, is ld.so's.
sees() { cat >wanted.txt <<'EOF'
open s + libsound.so.1  => libsound.so.1>apart libneed.so.1>apart ok
call s sound            => 1
open b 0 libsound.so.1  => libsound.so.1>base libneed.so.1>base ok
close s                 => libsound.so.1< libneed.so.1< ok
close b                 => libsound.so.1< libneed.so.1< ok
end                     =>
EOF
}
sees; watched ./steps-plain 1
sees; watched ./steps 1
cat >wanted.txt <<'EOF'
open s + libsound.so.1  => libsound.so.1>apart (not opened) libneed.so.1>apart ok
call s sound            => 1
end                     => libsound.so.1< libneed.so.1<
EOF
watched ./steps-plain 2
watched ./steps 2

# Each auditor takes a namespace.
both count <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include "dlmopen-plain.h"
int main(int count, char **arguments) {
  int made = 0;
  while (bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW)) ++made;
  printf("%d %d", made, bh_dlerror() != 0);
}
EOF
for number in 4 5 6; do auditor $number; done
for name in count-plain count; do
    LD_AUDIT=$host/libauditor4.so:$host/libauditor5.so:$host/libauditor6.so expect "12 1" "./$name" "$host/libsilent.so.1"
done
