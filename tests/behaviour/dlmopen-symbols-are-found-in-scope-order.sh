#!/bin/bash
# Whose definition a reference, dlsym, RTLD_DEFAULT and RTLD_NEXT find in a namespace: that of what was opened
# before with RTLD_GLOBAL, and of the library's own dependencies, breadth first. Plain dlmopen cannot do RTLD_GLOBAL: there
# the oracle is dlopen. What is opened first in a namespace is global without being asked.
# (glibc's tst-global1, globalmod, glrefmain, bug-dlsym1, default, next, restest1, restest2.)
# shellcheck source=tests/behaviour/dlmopen-scopes.bash
. "${0%/*}/dlmopen-scopes.bash"

both_do_since 2.34 <<'EOF'
open z + libnothing.so.1   => ok
open b z libboth.so.1      => ok
call b by_reference        => 1
call b common              => 1
call b only_two            => 22
call b absent              => none
open o b libown.so.1       => ok
call o by_reference        => 3
call o common              => 3
call o by_next             => 1
call o after_all           => 0
open t b libtwo.so.1       => ok
call t common              => 2
call t only_one            => none
open a b libalone.so.1     => ok
call a by_weak             => -1
call a by_default          => -1
call a common              => none
open w b libwantsone.so.1  => error
error                      => libwantsone.so.1: undefined symbol: only_one
end                        =>
EOF
both_do <<'EOF'
open b + libboth.so.1      => ok
open a b libalone.so.1     => ok
call a by_weak             => 1
call a by_default          => 1
open w b libwantsone.so.1  => ok
call w get                 => 11
end                        =>
EOF
both_do <<'EOF'
open n + libone.so.1  => ok
open o n libown.so.1  => ok
call o by_reference   => 1
call o common         => 3
call o by_next        => 1
open t n libtwo.so.1  => ok
call t common         => 2
end                   =>
EOF

does_as_dlopen <<'EOF'
open t + libtwo.so.1 global       => ok
open a t libalone.so.1            => ok
call a by_weak                    => 2
call a by_default                 => 2
call a in_itself                  => 2
open b t libboth.so.1             => ok
call b by_default                 => 2
call b common                     => 1
open o t libown.so.1              => ok
call o common                     => 3
call o by_next                    => 1
open d t libown.so.1 deep         => ok
same d o                          => yes
end                               =>
EOF

# The differences inside: dlopen(NULL) is the namespace's, by plain dlmopen the program's; and behind what is global
# come the program's own symbols.
inside() { # HAS-MAIN HAS-ITSELF
    cat <<EOF
open p + libprogram.so.1  => ok
call p has_main           => $1
call p has_itself         => $2
end                       =>
EOF
}
defines program <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int has_main(void) { return dlsym(RTLD_DEFAULT, "exported_by_program") != 0; }
int has_itself(void) { void *all = dlopen(0, RTLD_NOW); return all && dlsym(all, "has_itself"); }
EOF
! glibc_at_least 2.34 || inside 0 0 | plain_does
inside 1 1 | bulkhead_does
