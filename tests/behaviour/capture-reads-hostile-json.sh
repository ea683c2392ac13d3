#!/bin/bash
# "bulkhead capture" reads JSON files of the tree for the libraries that they name, however deep they nest; what is no JSON names none.
. "${0%/*}/lib.sh"

library libone.so.1 <<<'int one(void) { return 1; }'
for each in named deep none list other; do library "lib$each.so" <<<"int $each(void) { return 2; }"; done
mkdir -p "$tree/usr/share/x"
many() { printf '%*s' "$2" '' | sed "s/ /$1/g"; }
write() { # LEVELS of arrays, and of objects, one in the other
    { printf '{"library_path": "libnamed.so", "more": '; many '[' "$1"; many ']' "$1"; echo '}'; } >"$tree/usr/share/x/arrays.json"
    { many '{"a":' "$1"; printf '{"library_path": "libdeep.so"}'; many '}' "$1"; echo; } >"$tree/usr/share/x/objects.json"
}
capture() { "$bulkhead" capture --tree "$tree" --expose libone.so.1 --include /usr/share/x --force -o copy 2>stderr.txt >said.txt; }

write 300000
{ echo '{"library_path": "libnone.so", "more": '; many '[' 300000; } >"$tree/usr/share/x/endless.json"
echo '{"library_path": ["liblist.so"], "other_path": "libother.so"}' >"$tree/usr/share/x/others.json"
capture || fail "exit $?: $(<stderr.txt)"
[[ ! -s stderr.txt ]] || fail "$(<stderr.txt)"
[[ $(cd copy/usr/lib && echo *) == 'libdeep.so libnamed.so libone.so.1' ]] || fail "$(ls copy/usr/lib)"
diff -r "$tree/usr/share/x" copy/usr/share/x || fail "the files are others"
