#!/bin/bash
# A library without a dynamic section, with one out of bounds, or with absurd counts.
. "$(dirname "$0")/cli.bash"
command -v readelf >/dev/null || skip "readelf is not installed"
cp tree/usr/lib/libthing.so.1 whole
# Program headers: where PT_DYNAMIC (type 2) stands among them; each has 56 bytes, from 64 on.
index=$(readelf -lW whole | awk '/^  [A-Z]/ && $1 != "Type" { if ($1 == "DYNAMIC") print n; n++ }' | sed -n 1p)
at=$((64 + 56 * index))

with() { # OFFSET BYTES TEXT
    cp whole tree/usr/lib/libthing.so.1
    overwrite tree/usr/lib/libthing.so.1 "$1" "$2"
    refused_as_damaged "$3"
}
with $at '\377' "dynamic section"                                 # no PT_DYNAMIC
with $((at + 16)) '\000\000\000\177\000\000\000\000' "dynamic"    # p_vaddr
with 56 '\377\377' "absurd"                                        # e_phnum
with 54 '\001\000' "program headers"                               # e_phentsize
with 32 '\377\377\377\377\377\377\377\177' "truncated"            # e_phoff
