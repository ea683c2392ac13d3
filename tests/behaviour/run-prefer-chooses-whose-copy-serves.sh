#!/bin/bash
# --prefer says whose copy of a library serves where the program and the tree's libraries must use one: this system's, the tree's, or
# the newer one, by versions, then by symbols, then by the numbers of the files. What this system lacks is the tree's.
. "${0%/*}/lib.sh"

copy() { # DIRECTORY FILE VALUE OPTION…: a libdisplay.so.1 there, and a link to it
    at=$1 compile "$1/$2" -shared -fPIC -Wl,-soname,libdisplay.so.1 "${@:4}" <<<"int display(void) { return $3; } $MORE"
    ln -sf "$2" "$1/libdisplay.so.1"
}
versions() { printf 'V1 { display; };\n%s' "$1" >"$scratch/map"; }
MORE='' copy "$libs" libdisplay.so.1.10.0 20
MORE='' copy "$host" libdisplay.so.1.9.0 10
library libwidget.so.1 "$libs/libdisplay.so.1" <<<'int display(void); int widget(void) { return display(); }'
program main "$libs/libwidget.so.1" "$libs/libdisplay.so.1" <<'END'
#include <stdio.h>
int display(void), widget(void);
int main(void) { printf("%d %d\n", display(), widget()); }
END
export LD_LIBRARY_PATH=$host
prefer() { run libwidget.so.1 "$@" -- ./main; }
why() { "$bulkhead" explain --tree "$tree" --expose libwidget.so.1 "$@" -- ./main | tr -s ' \n' ' '; }
says() { # TEXT OPTION…
    [[ $(why "${@:2}") == *"$1"* ]] || fail "explain ${*:2} does not say \"$1\": $(why "${@:2}")"
}
expect "10 10" prefer
expect "10 10" prefer --prefer base
expect "20 20" prefer --prefer tree
expect "20 20" prefer --prefer newer
says "the tree's copy is newer: it has the number of libdisplay.so.1.10.0" --prefer newer
expect "10 10" prefer --prefer newer,libdisplay.so.1=base
says "--prefer says the base's" --prefer newer,libdisplay.so.1=base
expect "20 20" prefer --prefer base,libdisplay.so.1=tree
says "warning: --prefer libother.so.1=base: changes nothing" --prefer libother.so.1=base

# Symbols count before numbers, and versions before symbols.
MORE='int more(void) { return 1; }' copy "$host" libdisplay.so.1.9.0 11
expect "11 11" prefer --prefer newer
says "the base's copy is newer: it has more" --prefer newer
rm "$libs"/libdisplay* "$host"/libdisplay*
versions ''; MORE='int more(void) { return 1; }' copy "$host" libdisplay.so.1.9.0 12 "-Wl,--version-script=map"
versions 'V2 { newest; };'; MORE='int newest(void) { return 1; }' copy "$libs" libdisplay.so.1.1.0 22 "-Wl,--version-script=map"
expect "22 22" prefer --prefer newer
says "the tree's copy is newer: it has V2" --prefer newer

# A copy that lacks what the other side imports is not taken, whatever is preferred.
program uses-more "$libs/libwidget.so.1" "$host/libdisplay.so.1" <<<'int more(void), widget(void); int main(void) { return more() + widget() - 13; }'
expect "" run libwidget.so.1 --prefer tree -- ./uses-more
says "has all" --prefer tree

# In a file; and what is wrong is said.
cat >capsule.toml <<END
[capsule.one]
tree = "$tree"
expose = "libwidget.so.1"
prefer = "tree"
END
expect "22 22" "$bulkhead" run --config capsule.toml -- ./main
sed -i 's/"tree"$/["newest"]/' capsule.toml
refuses 'capsule.toml:4:[0-9]*: "newest" is none of tree, base and newer' -- "$bulkhead" run --config capsule.toml -- ./main
refuses '--prefer libc.so.6=tree: names a library of which there is one in a process' -- prefer --prefer libc.so.6=tree

# This system has none.
rm "$host"/libdisplay*
expect "22 22" prefer
[[ ! -s stderr ]] || fail "it said: $(<stderr)"
says "this system has no copy to share"
