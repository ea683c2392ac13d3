#!/bin/bash
# A library that the program and the exposed one both need: shared if this system's has
# all that the tree wants of it, else exposed if the tree's has all that the program wants.
. "$(dirname "$0")/cli.bash"
mkdir -p base
make_both() { # SOURCE OF THE BASE'S, SOURCE OF THE TREE'S
    cc -shared -fPIC -x c - -x none -o base/libinner.so.1 -Wl,-soname,libinner.so.1 <<<"$1"
    library libinner.so.1 "$2"
    library libthing.so.1 "void new(void); void thing(void) { new(); }" tree/usr/lib/libinner.so.1
    cc -Wl,--no-as-needed -x c - -x none -o program base/libinner.so.1 tree/usr/lib/libthing.so.1 \
        -Wl,--allow-shlib-undefined <<<'void old(void); int main(void) { old(); }'
}
inner_is() { # ROLE
    LD_LIBRARY_PATH=$PWD/base "$bulkhead" explain --tree tree --expose libthing.so.1 -- ./program >said
    grep "^libinner.so.1 " said || fail "no line for libinner.so.1"
    grep -q "^libinner.so.1 *$1 " said || fail "libinner.so.1 is not $1"
}
old='void old(void) {}' new='void new(void) {}'
make_both "$old $new" "$old $new" && inner_is shared
make_both "$old" "$old $new" && inner_is exposed
make_both "$old" "$new" && inner_is private
grep "neither copy of libinner.so.1 can serve both sides" said
