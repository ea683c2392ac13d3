#!/bin/bash
# bsdtar's libarchive needs libz, and gets the one of another release; what it
# packs with it, an unhelped gzip unpacks.
. "$(dirname "$0")/lib.sh"
need bsdtar gzip

visible="deflate inflate"
strings="zlibVersion"
libz=$(file_in "$tree" libz.so.1)

cd "$scratch"
seq 100000 >numbers
on_tree --expose libz.so.1 -- bsdtar -czf numbers.tgz numbers || fail "bsdtar -c ended with $?"
check_segregated bsdtar libz.so.1
echo "libarchive works with zlib $(returned bsdtar zlibVersion), ${libz#"$tree"} of the tree"
[[ $libz == */libz.so.$(returned bsdtar zlibVersion) ]] || fail "that is not the tree's version"

gzip -dc numbers.tgz | tar -xO | cmp - numbers || fail "bsdtar packed something else"
rm numbers.tgz
tar -czf numbers.tgz numbers
on_tree --expose libz.so.1 -- bsdtar -xOf numbers.tgz | cmp - numbers || fail "bsdtar unpacked something else"
check_segregated bsdtar libz.so.1
