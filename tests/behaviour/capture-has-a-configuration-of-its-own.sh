#!/bin/bash
# A captured tree's etc/ld.so.conf and manifest are its own, also where --include or a profile brings the files of the tree that have
# these names: the manifest says that they were left out.
. "${0%/*}/lib.sh"

mkdir -p "$tree/opt/store" "$tree/etc/ld.so.conf.d" "$tree/etc/widget"
at=$tree/opt/store library libstore.so.1 <<<'int store(void) { return 3; }'
program main "$tree/opt/store/libstore.so.1" <<<'int store(void); int main(void) { return store() - 3; }'
printf 'include ld.so.conf.d/*.conf\n/opt/none\n' >"$tree/etc/ld.so.conf"
echo /opt/store >"$tree/etc/ld.so.conf.d/store.conf"
echo blue >"$tree/etc/widget/colour"
works() { # COPY
    [[ $(<"$1/etc/ld.so.conf") == /opt/store && ! -L $1/etc/ld.so.conf ]] || fail "etc/ld.so.conf: $(ls -l "$1/etc"; cat "$1/etc/ld.so.conf")"
    [[ $(<"$1/etc/widget/colour") == blue ]] || fail "no colour"
    expect "" "$bulkhead" run --tree "$1" --expose libstore.so.1 -- ./main
    expect ok python3 - "$1" <<'END'
import json, os, sys
manifest = json.load(open(sys.argv[1] + "/bulkhead-capture.json"))
listed = {each["file"] for each in manifest["libraries"] + manifest["files"] + manifest["links"]}
there = {os.path.join(path, name)[len(sys.argv[1]):] for path, dirs, names in os.walk(sys.argv[1])
         for name in names + [each for each in dirs if os.path.islink(path + "/" + each)]}
own = {each for each in there if each.endswith(("etc/ld.so.conf", "/bulkhead-capture.json"))}
assert there - listed == own and len(own) == 2, there ^ listed
assert not listed - there, listed - there
left = {each["file"] for each in manifest["left_out"]}
assert "/etc/ld.so.conf" in left or "/usr/etc/ld.so.conf" in left, left
print("ok")
END
}
capture() { "$bulkhead" capture --tree "$tree" --expose libstore.so.1 "$@"; }

capture --include /etc -o one >said.txt || fail "exit $?"
works one
capture --include /etc/widget,/etc/ld.so.conf -o two >said.txt || fail "exit $?"
works two
capture --include /etc --dry-run -o three >said.txt || fail "exit $?"
grep -q '^left out: /etc/ld.so.conf: the copy has its own' said.txt || fail "$(<said.txt)"

# A link, below one; and what it leads to stays.
mv "$tree/etc" "$tree/usr/etc" && ln -s usr/etc "$tree/etc"
mv "$tree/etc/ld.so.conf" "$tree/etc/real.conf" && ln -s /usr/etc/real.conf "$tree/etc/ld.so.conf"
capture --include /etc -o four >said.txt || fail "exit $?"
works four
cmp four/usr/etc/real.conf "$tree/etc/real.conf" || fail "what the link led to is another"

# Of a captured tree, all.
mv four "$scratch/captured"
tree=$scratch/captured
capture --include / -o five >said.txt || fail "exit $?"
works five
grep -q '"/bulkhead-capture.json"' five/bulkhead-capture.json || fail "nothing is said of the older manifest"
