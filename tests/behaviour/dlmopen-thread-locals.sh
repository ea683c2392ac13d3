#!/bin/bash
# Thread-local variables of libraries in a namespace: of each model and alignment, and new after each opening.
# (glibc's tst-tls-ie, tst-tls-ie-dlmopen, tst-tls13, 14, 19, tst-tlsgap, tst-tlsalign and its kin,
# tst-dlopen-tlsreinit1 to 4.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

variable dynamic global-dynamic
variable local local-dynamic
variable static initial-exec
variable page global-dynamic -DALIGNED=4096 -DSIZE=5000
variable wide initial-exec -DALIGNED=64 -DSIZE=64
variable empty global-dynamic -DSIZE=0
module libuser.so.1 "$host/libdynamic.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
extern __thread long set_dynamic;
int add(void) { return (int)(set_dynamic += 10); }
EOF

# (Something that stays comes first: plain dlmopen crashes if what was opened first is closed before the rest.)
both_do <<'EOF'
open k + libempty.so.1    => ok
open d k libdynamic.so.1  => ok
call d bump               => 8
open e + libdynamic.so.1  => ok
call e bump               => 8
call d bump               => 9
open u d libuser.so.1     => ok
call u add                => 19
call d bump               => 20
open l d liblocal.so.1    => ok
call l bump               => 8
open s d libstatic.so.1   => ok
call s bump               => 8
call s is_sound           => 1
open p d libpage.so.1     => ok
call p is_sound           => 1
open w d libwide.so.1     => ok
call w is_sound           => 1
close u                   => ok
close d                   => ok
open d l libdynamic.so.1  => ok
call d bump               => 8
close s                   => ok
open s d libstatic.so.1   => ok
call s bump               => 8
end                       =>
EOF

# Constructors and destructors see variables that are set anew (glibc's bug 29039 until 2.35: not always).
module libanew.so.1 <<'EOF'
#include <stdio.h>
static __thread int value = 5;
__attribute__((constructor)) static void begin(void) { dprintf(1, "%d ", value); value = 6; }
__attribute__((destructor)) static void end(void) { dprintf(1, "%d ", value); }
EOF
both_do <<'EOF'
open a + libanew.so.1  => 5 ok
close a                => 6 ok
open a + libanew.so.1  => 5 ok
close a                => 6 ok
end                    =>
EOF
