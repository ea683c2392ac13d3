#!/bin/bash
# A file with two capsules, one of which exposes what the other would share with the program: said at
# the start, with the line that keeps its own; with that line each has its own.
. "${0%/*}/lib.sh"

second=$scratch/second/usr/lib
mkdir -p "$second"
for where in "$host:1" "$libs:2" "$second:3"; do
    at=${where%:*} library libcommon.so.1 <<<"int version(void) { return ${where#*:}; }"
done
at=$second library libuser.so.1 "$second/libcommon.so.1" <<<'int version(void); int of_user(void) { return version(); }'
program main "$host/libcommon.so.1" "$second/libuser.so.1" "-Wl,-rpath-link,$host" <<'END'
#include <stdio.h>
int version(void), of_user(void);
int main(void) { printf("%d %d", version(), of_user()); }
END
config() {
    printf '[capsule.first]\ntree = "%s"\nexpose = ["libcommon.so.1"]\n' "$tree"
    printf '[capsule.second]\ntree = "%s/second"\nexpose = ["libuser.so.1"]\n%s\n' "$scratch" "$1"
}
export LD_LIBRARY_PATH=$host
config "" >two.toml
expect "2 2" "$bulkhead" run --config two.toml -- ./main
grep -F 'libcommon.so.1: is shared with the capsule second, which gets that of the capsule first' "$scratch/stderr" ||
    fail "nothing is said: $(<"$scratch/stderr")"
config 'private = ["libcommon.so.1"]' >two.toml
expect "2 3" "$bulkhead" run --config two.toml -- ./main
[[ ! -s $scratch/stderr ]] || fail "something is said: $(<"$scratch/stderr")"
