#!/bin/bash
# A library in an isolated capsule that wants more static TLS than is left is refused by a message with
# both numbers, which are right, and with what to do about it, which works.
. "${0%/*}/isolated.bash"

lib() { # BYTES
    inside c <<END_OF_SOURCE
__attribute__((tls_model("initial-exec"))) __thread char block[$1];
int size(void) { block[0] = 1; return sizeof block; }
END_OF_SOURCE
}
outside c <<'END_OF_SOURCE'
#include "begin.h"
int size(void);
int main(int count, char **arguments) { begin(arguments); printf("%d\n", INSIDE(size)); }
END_OF_SOURCE
lib 3000
output=$(./main isolated 2>&1) && fail "3000 bytes are nothing here: $output"
pattern='libinside\.so: needs 3000 bytes of static TLS, of which ([0-9]+) are left .*GLIBC_TUNABLES=glibc.rtld.optional_static_tls='
[[ $output =~ $pattern ]] || fail "it said: $output"
left=${BASH_REMATCH[1]}
lib "$left"
expect "$left" ./main isolated
lib $((left + 1))
! ./main isolated 2>/dev/null || fail "more than $left bytes were left"
if [[ $(printf '%s\n' 2.33 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.33 ]]; then
    lib 3000
    GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096 expect 3000 ./main isolated
fi
