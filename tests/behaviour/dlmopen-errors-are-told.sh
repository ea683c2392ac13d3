#!/bin/bash
# What cannot be opened is an error that bh_dlerror tells once; nothing is left of it, and the same works when its cause
# is gone. (glibc's nodlopen, tst-dlopen-pie, tst-dlopenfail, tst-dlopenfail-2, failobj, errmsg1.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libsound.so.1 <<'EOF'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, "sound+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, "sound- "); }
int f(void) { return 7; }
EOF
module libgoes.so.1 <<<'int gone(void) { return 1; }'
module libneeds.so.1 -Wl,--no-as-needed "$host/libsound.so.1" "$host/libgoes.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int gone(void);
int g(void) { return gone(); }
EOF
module liblacks.so.1 -Wl,--no-as-needed "$host/libsound.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int nowhere(void);
int h(void) { return nowhere(); }
EOF
module libnoopen.so.1 -Wl,-z,nodlopen <<<'int n(void) { return 1; }'
module libthreadlocal.so.1 <<'EOF'
__thread int mine;
EOF
module libwantsthreadlocal.so.1 "$host/libthreadlocal.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
extern __thread int mine;
int take(void) { return ++mine; }
EOF
program pie -pie -fPIE <<<'int main(void) { return 0; }'
echo "no library at all" >"$host/text.so"
head -c 100 "$host/libsound.so.1" >"$host/short.so"
rm "$host/libgoes.so.1"

both_do <<'EOF'
open a + libsound.so.1    => sound+ ok
error                     => nothing
open b a absent.so        => error
error                     => absent.so: cannot open shared object file: No such file or directory
error                     => nothing
open b a libneeds.so.1    => error
error                     => libgoes.so.1: cannot open shared object file: No such file or directory
open b + libneeds.so.1    => error
open b a liblacks.so.1    => error
error                     => liblacks.so.1: undefined symbol: nowhere
open b a libnoopen.so.1   => error
error                     => libnoopen.so.1: shared object cannot be dlopen()ed
open b a text.so          => error
open b a short.so         => error
open b a =                => error
call a absent             => none
error                     => libsound.so.1: undefined symbol: absent
call a f                  => 7
error                     => nothing
open b a libsound.so.1    => ok
close b                   => ok
close a                   => sound- ok
open b + libsound.so.1    => sound+ ok
close b                   => sound- ok
end                       =>
EOF

# Lazily bound, a missing function is missed when it is called.
both_do <<'EOF'
open b + liblacks.so.1 lazy  => sound+ ok
call b f                     => 7
close b                      => sound- ok
end                          =>
EOF

# The cause goes, and it works.
module libgoes.so.1 <<<'int gone(void) { return 1; }'
both_do <<'EOF'
open b + libneeds.so.1  => sound+ ok
call b g                => 1
call b f                => 7
close b                 => sound- ok
end                     =>
EOF

# What failed is not held: a failed opening of two that need a third one unloads that.
rm "$host/libgoes.so.1"
both_do <<'EOF'
open w + libwantsthreadlocal.so.1  => ok
open b w libneeds.so.1             => error
loaded w libsound.so.1             => no
open l w liblacks.so.1             => error
loaded w libsound.so.1             => no
call w take                        => 1
end                                =>
EOF

# Executables cannot be opened.
cp pie "$host/pie"
both_do <<'EOF'
open a + pie  => error
end           =>
EOF
