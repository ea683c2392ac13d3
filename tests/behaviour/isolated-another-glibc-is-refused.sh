#!/bin/bash
# A tree whose libc is another build than the program's, or that has none, is refused before anything
# is loaded, and the message says which and why; so is what an isolated capsule cannot have. The
# program goes on.
. "${0%/*}/isolated.bash"

inside c <<<'int answer(void) { return 42; }'
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <link.h>
int main(int count, char **arguments) {
  bh_error *error = NULL;
  const char *map[] = {"/etc", NULL};
  bh_capsule_options options = {sizeof options, BH_CAPSULE_ISOLATED};
  options.tree = arguments[1];
  if (count > 2) options.map = map;
  bh_code code = bh_capsule_open(&options, &capsule, &error);
  printf("%d\n%s\n", code, code ? bh_error_text(error) : "");
  if (code && capsule) printf("a capsule all the same\n");
  if (bh_dlmopen(1, "libc.so.6", RTLD_NOLOAD | RTLD_NOW)) printf("something is loaded\n");
  options.tree = "/";
  options.map = NULL;
  if (bh_capsule_open(&options, &capsule, NULL)) printf("and nothing works any more\n");
}
END_OF_SOURCE
libc=$(ldd ./main | sed -n 's/.*libc\.so\.6 => \([^ ]*\) .*/\1/p')
refused() { # CODE PATTERN… -- ARGUMENT…
    local code=$1 patterns=()
    shift
    while [[ $1 != -- ]]; do patterns+=("$1"); shift; done
    shift
    output=$(./main "$@" 2>&1) || fail "the program ended with $?: $output"
    [[ $output == "$code"$'\n'* && $output != *all\ the\ same* && $output != *loaded* && $output != *any\ more* ]] || fail "not refused as it should be: $output"
    for pattern in "${patterns[@]}"; do
        grep -Eq -- "$pattern" <<<"$output" || fail "no '$pattern' in: $output"
    done
}
refused 4 'libc\.so\.6: is not in the tree' 'isolat' -- "$tree"
cp "$libc" "$libs/libc.so.6"
# One byte of the build ID is another.
id=$(readelf -n "$libc" | sed -n 's/.*Build ID: //p')
python3 - "$libs/libc.so.6" "$id" <<'END_OF_SOURCE'
import sys
data = open(sys.argv[1], "rb").read()
wanted = bytes.fromhex(sys.argv[2])
assert data.count(wanted) == 1
open(sys.argv[1], "wb").write(data.replace(wanted, bytes([wanted[0] ^ 1]) + wanted[1:]))
END_OF_SOURCE
refused 5 "$libs/libc.so.6: is another glibc than the program's" 'build IDs differ' 'of release 2\.' -- "$tree"
refused 6 'paths cannot be mapped in an isolated capsule' -- / map
# The same build in another place is right.
cp "$libc" "$libs/libc.so.6"
cp libinside.so "$libs/libinside.so"
outside c <<'END_OF_SOURCE'
#include "begin.h"
int answer(void);
int main(int count, char **arguments) { begin(arguments); printf("%d\n", INSIDE(answer)); }
END_OF_SOURCE
TREE=$tree expect 42 ./main isolated
