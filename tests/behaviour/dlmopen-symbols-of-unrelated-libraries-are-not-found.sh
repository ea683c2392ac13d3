#!/bin/bash
# What dlsym finds inside a namespace are not the names of the program's other libraries, as with plain dlmopen: a library
# that ends the process when it finds its older release's (GTK does) can be opened beside that. Nor does RTLD_NEXT
# find what was opened before with RTLD_GLOBAL, which is not among what comes after the caller's library.
# shellcheck source=tests/behaviour/dlmopen-scopes.bash
. "${0%/*}/dlmopen-scopes.bash"

at=$scratch library libold.so <<<'int old_api(void) { return 2; }'
module new.so <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
static int found = -1, by_handle = -1;
__attribute__((constructor)) static void ask(void) {
  found = dlsym(RTLD_DEFAULT, "old_api") != 0;
  void *all = dlopen(0, RTLD_NOW);
  by_handle = all && dlsym(all, "old_api");
}
int was_found(void) { return found; }
int was_found_by_handle(void) { return by_handle; }
int has_libc(void) { return dlsym(RTLD_DEFAULT, "getpid") != 0; }
EOF
both main "$scratch/libold.so" "-Wl,-rpath,$scratch" <<EOF
#define _GNU_SOURCE
#include <dlfcn.h>
#ifndef PLAIN
#include <bulkhead/bulkhead.h>
#define dlmopen bh_dlmopen
#endif
#include "claims.h"
int old_api(void);
int main(void) {
  void *opened = dlmopen(LM_ID_NEWLM, "$host/new.so", RTLD_NOW);
  if (!opened) return 1;
  CLAIM("the program's", "%d", old_api());
  CLAIM("inside, RTLD_DEFAULT", "%d", ((int (*)(void))dlsym(opened, "was_found"))());
  CLAIM("inside, dlopen(NULL)", "%d", ((int (*)(void))dlsym(opened, "was_found_by_handle"))());
  CLAIM("inside, libc's", "%d", ((int (*)(void))dlsym(opened, "has_libc"))());
}
EOF
# (By plain dlmopen dlopen(NULL) is the program's: a difference that is meant.)
claims ./main <<'EOF'
the program's        => 2
inside, RTLD_DEFAULT => 0
inside, dlopen(NULL) => 0
inside, libc's       => 1
EOF
! glibc_at_least 2.34 || claims ./main-plain <<'EOF'
the program's        => 2
inside, RTLD_DEFAULT => 0
inside, dlopen(NULL) => 1
inside, libc's       => 1
EOF

defines asksnext <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int by_next(void) { int (*f)(void) = dlsym(RTLD_NEXT, "common"); return f ? f() : -1; }
EOF
does_as_dlopen <<'EOF'
open n + libnothing.so.1         => ok
open g n libone.so.1 global      => ok
open a n libasksnext.so.1        => ok
call a by_next                   => -1
end                              =>
EOF
