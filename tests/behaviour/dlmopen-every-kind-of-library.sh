#!/bin/bash
# What ld.so relocates is right in a namespace, too: IFUNCs in libraries and in their dependencies, protected symbols,
# packed relative relocations, copies of functions' addresses. (glibc's ifuncmain1 to 9, ifuncmod, ifuncdep,
# tst-protected1a and 1b, tst-relr*.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libifunc.so.1 <<'EOF'
#include <cpuid.h>
static int implementation(void) { return 42; }
static int (*resolve(void))(void) { return implementation; }
int chosen(void) __attribute__((ifunc("resolve")));
static int hidden_chosen(void) __attribute__((ifunc("resolve")));
int (*pointer)(void) = chosen;
int by_call(void) { return chosen(); }
int by_hidden(void) { return hidden_chosen(); }
int by_pointer(void) { return pointer() == 42 && pointer == chosen; }
EOF
module libuser.so.1 "$host/libifunc.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int chosen(void);
int (*mine)(void) = chosen;
extern int (*pointer)(void);
int by_other(void) { return mine() + chosen(); }
int same_address(void) { return mine == pointer && mine == chosen; }
EOF
both_do <<'EOF'
open u + libuser.so.1       => ok
call u by_other             => 84
call u same_address         => 1
open i u libifunc.so.1      => ok
call i chosen               => 42
call i by_call              => 42
call i by_hidden            => 42
call i by_pointer           => 1
close u                     => ok
close i                     => ok
open i + libuser.so.1 lazy  => ok
call i by_other             => 84
end                         =>
EOF

# Protected: one's own, whatever is global.
module libprotected.so.1 <<'EOF'
__attribute__((visibility("protected"))) int mine(void) { return 1; }
int common(void) { return 1; }
int by_call(void) { return mine() * 10 + common(); }
EOF
module libfirst.so.1 <<<'int mine(void) { return 2; } int common(void) { return 2; }'
both_do <<'EOF'
open p + libprotected.so.1  => ok
open f p libfirst.so.1      => ok
call p by_call              => 11
call f mine                 => 2
end                         =>
EOF

# Packed relative relocations.
if echo 'int x;' | gcc -w -x c - -shared -fPIC -Wl,-z,pack-relative-relocs -o probe.so 2>ld.txt && [[ ! -s ld.txt ]] &&
    readelf -dW probe.so | grep RELR >/dev/null || readelf -dW probe.so 2>ld.txt | grep -v RELR >/dev/null && glibc_at_least 2.36; then
    module librelr.so.1 -Wl,-z,pack-relative-relocs <<'EOF'
static int values[200];
int *pointers[200] = {[0] = &values[1], [1] = &values[2], [64] = &values[3], [199] = &values[4]};
int check(void) {
  return pointers[0] == values + 1 && pointers[1] == values + 2 && pointers[64] == values + 3 && pointers[199] == values + 4;
}
EOF
    both_do <<'EOF'
open r + librelr.so.1  => ok
call r check           => 1
end                    =>
EOF
fi
