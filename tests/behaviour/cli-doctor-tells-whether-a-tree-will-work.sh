#!/bin/bash
# bulkhead doctor --tree: counts, what cannot be used and why, a verdict, and an exit status.
. "$(dirname "$0")/cli.bash"
doctor() { "$bulkhead" doctor --tree tree "$@"; }
library libinner.so.1
library libthing.so.1 "" tree/usr/lib/libinner.so.1
ln -s libthing.so.1 tree/usr/lib/libthing.so
echo 'INPUT(libthing.so.1)' >tree/usr/lib/libscript.so
doctor >said || fail "it ended with $?: $(<said)"
grep -qE '^ok +libraries +2: 2 work as they are, 0 with compat, 0 cannot be used$' said || fail "counts in: $(<said)"
tail -n 1 said | grep -E '^ok +verdict +' >/dev/null || fail "verdict in: $(<said)"

# What stays away in the tree alone is told, and no fault.
rm tree/usr/lib/libinner.so.1
doctor >said || fail "it ended with $?: $(<said)"
grep -qE '^warn +incomplete +.*libthing.so.1 needs libinner.so.1' said || fail "incomplete in: $(<said)"
library libinner.so.1

# A version from the future; a library that needs such a one; a damaged one; another machine's.
mkdir future
echo 'GLIBC_2.99 { global: tomorrow; };' >future/map
cc -shared -fPIC -nostdlib -x c - -x none -Wl,-soname,libc.so.6 -Wl,--version-script=future/map -o future/libc.so.6 \
    <<<'void tomorrow(void) {}'
library libnew.so.1 'void tomorrow(void); void today(void) { tomorrow(); }' -nostdlib future/libc.so.6
library libuser.so.1 'void today(void); void user(void) { today(); }' tree/usr/lib/libnew.so.1
head -c 200 tree/usr/lib/libthing.so.1 >tree/usr/lib/libcut.so.1
cp tree/usr/lib/libthing.so.1 tree/usr/lib/libforeign.so.1
overwrite tree/usr/lib/libforeign.so.1 18 '\x03\x00'
doctor >said && fail "it is content: $(<said)"
grep -qE '^ok +libraries +5: 2 work as they are, 0 with compat, 3 cannot be used; 1 of other machines' said || fail "counts in: $(<said)"
grep -qE '^fail +cannot +/usr/lib/libnew.so.1 imports tomorrow, version GLIBC_2.99 of libc.so.6' said || fail "libnew in: $(<said)"
grep -qE '^fail +cannot +/usr/lib/libuser.so.1 needs libnew.so.1, which cannot be used' said || fail "libuser in: $(<said)"
grep -qE '^fail +cannot +/usr/lib/libcut.so.1 ' said || fail "libcut in: $(<said)"
tail -n 1 said | grep -E '^fail +verdict +3 libraries of 5 cannot be used' >/dev/null || fail "verdict in: $(<said)"
[[ $(wc -l <said) -le 24 ]] || fail "more than a screen"
status=0
doctor --json >said || status=$?
[[ $status == 1 ]] || fail "with --json it ended with $status"
python3 -c '
import json, sys
tree = json.load(sys.stdin)["tree"]
assert (tree["libraries"], tree["as_they_are"], tree["works"]) == (5, 2, False), tree
assert sorted(each["file"] for each in tree["unusable"]) == [f"/usr/lib/lib{name}.so.1" for name in ("cut", "new", "user")], tree' <said

# Many of them still fit on a screen.
for i in {1..12}; do cp tree/usr/lib/libcut.so.1 "tree/usr/lib/libcut$i.so.1"; done
doctor >said && fail "it is content: $(<said)"
[[ $(wc -l <said) -le 24 ]] || fail "more than a screen"
grep -qE '^fail +cannot +… and 10 more; --all lists them$' said || fail "the rest in: $(<said)"
doctor --all >said && fail "it is content: $(<said)"
[[ $(grep -cE '^fail +cannot' said) == 15 ]] || fail "--all lists: $(<said)"
