#!/bin/bash
# Whose definition a reference, dlsym, RTLD_DEFAULT and RTLD_NEXT find in a namespace: that of what was opened
# before with RTLD_GLOBAL, and of the library's own dependencies, breadth first; an opening with RTLD_LOCAL
# becomes global by another one. Plain dlmopen cannot do RTLD_GLOBAL: there the oracle is dlopen. What is opened
# first in a namespace is global without being asked.
# (glibc's tst-global1, globalmod, lateglobal, glrefmain, bug-dlsym1, default, next, restest1, restest2,
# reldep to reldep9, tst-hash-collision1 to -3, tst-absolute-sym, tst-absolute-zero.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

defines() { module "lib$1.so.1" -Wl,-z,lazy '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}"; }

defines one <<<'int common(void) { return 1; } int only_one(void) { return 11; }'
defines two <<<'int common(void) { return 2; } int only_two(void) { return 22; }'
# Needs both: the first one listed is the first one found.
defines both "$host/libone.so.1" "$host/libtwo.so.1" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void);
int by_reference(void) { return common(); }
int by_default(void) { int (*f)(void) = dlsym(RTLD_DEFAULT, "common"); return f ? f() : -1; }
EOF
# Needs nobody.
defines alone <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void) __attribute__((weak));
int by_weak(void) { return common ? common() : -1; }
int by_default(void) { int (*f)(void) = dlsym(RTLD_DEFAULT, "common"); return f ? f() : -1; }
int in_itself(void) { void *self = dlopen(0, RTLD_NOW); int (*f)(void) = dlsym(self, "common"); return f ? f() : -1; }
EOF
# Has one of its own, and finds the next.
defines own "$host/libone.so.1" "$host/libtwo.so.1" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int common(void) { return 3; }
int by_reference(void) { return common(); }
int by_next(void) { int (*f)(void) = dlsym(RTLD_NEXT, "common"); return f ? f() : -1; }
int after_all(void) { return dlsym(RTLD_NEXT, "by_next") != 0; }
EOF
defines wantsone <<<'int only_one(void); int get(void) { return only_one(); }'

defines nothing <<<''

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
# The difference: what is global comes behind what a library brings itself, not before.
behind() { # BY-REFERENCE
    cat <<EOF
open n + libone.so.1  => ok
open o n libown.so.1  => ok
call o by_reference   => $1
call o common         => 3
call o by_next        => 1
open t n libtwo.so.1  => ok
call t common         => 2
end                   =>
EOF
}
behind 1 | plain_does
behind 3 | bulkhead_does

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

# What was local becomes global, with what it needs, and is so for what is opened later.
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open b z libboth.so.1             => ok
open w b libwantsone.so.1         => error
open g b libboth.so.1 global      => ok
same g b                          => yes
open w b libwantsone.so.1         => ok
call w get                        => 11
call w common                     => none
end                               =>
EOF
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open o z libone.so.1              => ok
open n o libone.so.1 noload global  => ok
open w o libwantsone.so.1         => ok
call w get                        => 11
close o                           => ok
close n                           => ok
call w get                        => 11
loaded w libone.so.1              => yes
close w                           => ok
end                               =>
EOF

# RTLD_DEEPBIND: one's own before all that is global.
does_as_dlopen <<'EOF'
open t + libtwo.so.1 global       => ok
open o t libown.so.1 deep         => ok
call o by_reference               => 3
open b t libboth.so.1 deep        => ok
call b by_reference               => 1
end                               =>
EOF

# What is opened late and lazily bound sees what is global when it is called first.
defines lazy <<<'int only_two(void); int get(void) { return only_two(); }'
dlopen_does <<'EOF'
open l + liblazy.so.1 lazy        => ok
open t l libtwo.so.1 global       => ok
call l get                        => 22
end                               =>
EOF
# The difference: a library sees what was global when it was opened itself.
printf '%s\n' "open z + libnothing.so.1" "open l z liblazy.so.1 lazy" "open t l libtwo.so.1 global" "call l get" >early
status=0
MODULES=$host ./steps <early >output 2>&1 || status=$?
[[ $status == 127 && $(<output) == *"undefined symbol: only_two"* ]] || fail "exit $status: $(<output)"
bulkhead_does <<'EOF'
open t + libtwo.so.1 global       => ok
open l t liblazy.so.1 lazy        => ok
call l get                        => 22
end                               =>
EOF

# Names with equal hashes (of both hash functions) are told apart, and so are versions.
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

# Absolute symbols are not moved by the load address (since glibc 2.28), and may be zero.
module libabsolute.so.1 -Wl,--defsym=fixed=0x1234,--defsym=none=0 <<'EOF'
extern char fixed[], none[];
char *volatile addresses[] = {fixed, none};
int is_fixed(void) { return addresses[0] == (char *)0x1234 && addresses[1] == 0; }
EOF
both absolute <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include "dlmopen-plain.h"
int main(int count, char **arguments) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
  dlerror();
  printf("%p ", dlsym(handle, "fixed"));
  printf("%d %s ", dlsym(handle, "none") == 0, bh_dlerror() ? "error" : "found");
  printf("%d", ((int (*)(void))dlsym(handle, "is_fixed"))());
}
EOF
agree "0x1234 1 found 1" absolute "$host/libabsolute.so.1"
