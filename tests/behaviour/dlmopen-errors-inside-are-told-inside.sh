#!/bin/bash
# Errors of what a library in a namespace opens are told there, in ld.so's words; the program's own are not touched.
# (glibc's tst-dlmopen-dlerror.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libasks.so.1 <<'EOF'
#include <dlfcn.h>
#include <string.h>
static const char *said;
int ask(void) {
  if (dlopen("libabsent.so.9", RTLD_NOW)) return 1;
  said = dlerror();
  if (!said || !strstr(said, "libabsent.so.9: cannot open shared object file: No such file or directory")) return 2;
  return dlerror() ? 3 : 0;
}
int leave_one(void) { return dlopen("libabsent.so.9", RTLD_NOW) != 0; }
int take_it(void) { said = dlerror(); return said && strstr(said, "libabsent.so.9") != 0; }
EOF
both_do_since 2.34 <<'EOF'
open a + libasks.so.1    => ok
call a ask               => 0
error                    => nothing
open b a absent.so       => error
call a ask               => 0
end                      =>
EOF

# The difference: a message that was not fetched is the thread's, not the namespace's, as there is one libc.
kept() { # BY
    cat <<EOF
open a + libasks.so.1    => ok
call a leave_one         => 0
open b a libasks.so.1    => ok
call a take_it           => $1
end                      =>
EOF
}
! glibc_at_least 2.34 || kept 1 | plain_does
kept 0 | bulkhead_does
