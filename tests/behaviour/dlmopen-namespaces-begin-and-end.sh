#!/bin/bash
# Namespaces are made with what is opened first in them and are empty again when it is closed:
# constructors before bh_dlmopen returns, destructors before bh_dlclose does or at exit; as many as
# glibc has, each with an id of its own, again and again. (glibc's tst-dlmopen1, -2, -3.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libbelow.so.1 <<'EOF'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, "below+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, "below- "); }
EOF
module libabove.so.1 -Wl,--no-as-needed "$host/libbelow.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, "above+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, "above- "); }
static int count;
int bump(void) { return ++count; }
int libc_is_ours(void) {
  Dl_info info;
  struct link_map *map = 0;
  Lmid_t space = -9;
  dladdr1((void *)puts, &info, (void **)&map, RTLD_DL_LINKMAP);
  dlinfo(map, RTLD_DI_LMID, &space);
  return space != LM_ID_BASE;
}
EOF

both_do <<'EOF'
open a + libabove.so.1      => below+ above+ ok
space a                     => 1
call a bump                 => 1
open again a libabove.so.1  => ok
same a again                => yes
call a bump                 => 2
open b + libabove.so.1      => below+ above+ ok
space b                     => 2
call b bump                 => 1
open base 0 libabove.so.1   => below+ above+ ok
space base                  => 0
call base bump              => 1
call a bump                 => 3
close a                     => ok
loaded a libabove.so.1      => yes
close again                 => above- below- ok
close b                     => above- below- ok
close base                  => above- below- ok
end                         =>
EOF

# The difference: libc is the program's.
bulkhead_does <<'EOF'
open a + libabove.so.1      => below+ above+ ok
call a libc_is_ours         => 0
close a                     => above- below- ok
end                         =>
EOF
plain_does <<'EOF'
open a + libabove.so.1      => below+ above+ ok
call a libc_is_ours         => 1
close a                     => above- below- ok
end                         =>
EOF

# What is not closed ends at exit, whichever way that comes.
both_do <<'EOF'
open a + libabove.so.1      => below+ above+ ok
end                         => above- below-
EOF
both_do <<'EOF'
open a + libabove.so.1      => below+ above+ ok
exit                        => above- below-
EOF

# 15 beside the program's. (The words for that differ.)
both fill <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
#ifdef PLAIN
#define LIMIT "no more namespaces available"
#else
#define LIMIT "15 capsules in a process, and all are in use"
#endif
int main(int count, char **arguments) {
  for (int round = 0; round < 10; ++round) {
    void *handles[32];
    Lmid_t spaces[32];
    int made = 0;
    while (made < 32 && (handles[made] = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW))) {
      dlinfo(handles[made], RTLD_DI_LMID, &spaces[made]);
      for (int i = 0; i < made; ++i)
        if (spaces[i] == spaces[made] || handles[i] == handles[made]) return 2;
      ++made;
    }
    const char *said = bh_dlerror();
    if (!strstr(said, LIMIT) || bh_dlerror()) return printf("it says: %s\n", said);
    // In another order than they were made.
    for (int i = 1; i < made; i += 2)
      if (bh_dlclose(handles[i]) != 0) return 3;
    for (int i = 0; i < made; i += 2)
      if (bh_dlclose(handles[i]) != 0) return 4;
    printf("%d ", made);
  }
}
EOF
module libsilent.so.1 <<<'int x;'
agree "15 15 15 15 15 15 15 15 15 15 " fill "$host/libsilent.so.1"
