#!/bin/bash
# Namespaces are made with what is opened first in them and are empty again when it is closed:
# constructors before bh_dlmopen returns, destructors before bh_dlclose does or at exit. (glibc's tst-dlmopen1, -2.)
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
