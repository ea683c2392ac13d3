#!/bin/bash
# Names with equal hashes (of both hash functions) are told apart, and so are versions. Absolute symbols are not moved by
# the load address (since glibc 2.28), and may be zero.
# (glibc's tst-hash-collision1 to -3, tst-absolute-sym, tst-absolute-zero.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libhashes.so.1 -Wl,--hash-style=both "-Wl,--version-script=$(
    cat >map <<<'V1 { global: *; }; V2 { global: versioned; } V1;'
    echo map
)" <<'EOF'
int cBe(void) { return 1; }
int cAF(void) { return 2; }
int bcF(void) { return 3; }
__asm__(".symver first,versioned@V1");
__asm__(".symver second,versioned@@V2");
int first(void) { return 1; }
int second(void) { return 2; }
EOF
both_do <<'EOF'
open h + libhashes.so.1  => ok
call h cBe               => 1
call h cAF               => 2
call h bcF               => 3
call h bbg               => none
call h versioned         => 2
end                      =>
EOF

module libabsolute.so.1 -Wl,--defsym=fixed=0x1234,--defsym=none=0 <<'EOF'
extern char fixed[], none[];
char *volatile addresses[] = {fixed, none};
int is_fixed(void) { return addresses[0] == (char *)0x1234 && addresses[1] == 0; }
EOF
both absolute <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
#include "dlmopen-plain.h"
int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  dlerror();
  CLAIM("an absolute symbol by dlsym", "%p", dlsym(handle, "fixed"));
  HOLDS("one that is zero", dlsym(handle, "none") == 0);
  HOLDS("which is no error", !bh_dlerror());
  HOLDS("absolute symbols inside", ((int (*)(void))dlsym(handle, "is_fixed"))());
}
EOF
agree_on absolute "$host/libabsolute.so.1" <<'END'
an absolute symbol by dlsym => 0x1234
one that is zero            => yes
which is no error           => yes
absolute symbols inside     => yes
END
