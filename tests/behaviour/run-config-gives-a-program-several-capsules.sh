#!/bin/bash
# bulkhead run --config FILE: capsules of two trees in one program, each with its own dependencies; explain shows both,
# shim writes both into one directory. Two that expose the same library are refused.
. "${0%/*}/lib.sh"

other=$scratch/other
mkdir -p "$other/usr/lib"
library libdep.so.1 <<<'int dep(void) { return 1; }'
library libone.so.1 "$libs/libdep.so.1" <<<'int dep(void); int one(void) { return dep(); }'
at=$other/usr/lib library libdep.so.1 <<<'int dep(void) { return 2; }'
at=$other/usr/lib library libtwo.so.1 "$other/usr/lib/libdep.so.1" <<<'int dep(void); int two(void) { return dep(); }'
at=$host library libdep.so.1 <<<'int dep(void) { return 3; }'
at=$host library libtwo.so.1 <<<'int two(void) { return 4; }'
program main "$libs/libone.so.1" "$other/usr/lib/libtwo.so.1" "$host/libdep.so.1" <<'END'
#include <stdio.h>
int one(void), two(void), dep(void);
int main(void) { printf("%d %d %d", one(), two(), dep()); }
END
mkdir files
cat >files/capsule.toml <<'END'
[capsule.first]
tree = "../tree"
expose = ["libone.so.1"]
private = ["libdep.so.1"]

[capsule.second]
tree = "../other"
expose = "libtwo.so.1"
private = ["libdep.so.1"]
on-failure = "native"
END
export LD_LIBRARY_PATH=$host
config() { "$bulkhead" "$1" --config files/capsule.toml "${@:2}"; }
expect '1 2 3' config run -- ./main
[[ ! -s stderr ]] || fail "said: $(<stderr)"
expect '1 2 3' config run -- ./main # from the cache
config explain -- ./main >plan
for line in "^capsule first$" "^capsule second, else this system's own libraries$" "^libone.so.1 +exposed" "^TREE is $other$"; do
    grep -Eq "$line" plan || fail "no '$line' in $(<plan)"
done
config explain --json -- ./main | python3 -c '
import json, sys
capsules = json.load(sys.stdin)["capsules"]
assert [c["capsule"] for c in capsules] == ["first", "second"], capsules
assert [c["on_failure"] for c in capsules] == ["stop", "native"], capsules
assert capsules[1]["tree"].endswith("/other"), capsules'
config shim -o shims
[[ -f shims/libone.so.1 && -f shims/libtwo.so.1 ]] || fail "not both are in $(ls shims)"
LD_LIBRARY_PATH=shims:$host expect '1 2 3' ./main

# One of them cannot be had: the program has the other, and is told.
mv other away
expect '1 4 3' config run -- ./main
[[ $(<stderr) == *"in place of the capsule second: files/capsule.toml:7:8: $other: there is no such tree"* ]] || fail "said: $(<stderr)"
LD_LIBRARY_PATH=shims:$host expect '1 4 3' ./main
mv away other
expect '1 2 3' config run -- ./main
[[ ! -s stderr ]] || fail "said: $(<stderr)"

at=$other/usr/lib library libone.so.1 <<<'int one(void) { return 5; }'
cat >>files/capsule.toml <<'END'
[capsule.third]
tree = "../other"
expose = ["libone.so.1"]
END
refuses "^bulkhead: files/capsule.toml:13:11: libone.so.1: is exposed by the capsule third and by the capsule first \(files/capsule.toml:3:11\)" \
    -- config run -- ./main
expect '1 2 3' config run --capsule first,second -- ./main
expect '5 2 3' config run --capsule second --capsule third -- ./main
