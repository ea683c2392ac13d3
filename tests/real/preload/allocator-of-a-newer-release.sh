#!/bin/bash
# jemalloc of Debian 13, with its libstdc++, in programs of this system which have their own.
. "$(dirname "$0")/lib.bash"
need sqlite3 cmake
[[ $(printf '%s\n' 2.32 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.32 ]] ||
    skip "before glibc 2.32 jemalloc's static TLS cannot be had"
tree=$(HOME=$home_before XDG_CACHE_HOME='' "$here/trees" trixie libjemalloc2) || exit $?
mkdir seen
for program in "sqlite3 :memory: select(42)" "cmake --version"; do
    rm -f seen/*
    # shellcheck disable=SC2086 # words
    BASEMAPS_DIR=$scratch/seen BASEMAPS_SYMBOLS=malloc LD_PRELOAD=$scratch/basemaps.so \
        "$bulkhead" preload --tree "$tree" libjemalloc.so.2 -- $program >said
    # shellcheck disable=SC2086
    diff said <($program) || fail "$program says something else: $(<said)"
    [[ $(found_in malloc) == "$(realpath "$tree")"/*/libjemalloc.so.2 || $(found_in malloc) == "$tree"/*/libjemalloc.so.2 ]] ||
        fail "malloc comes from $(found_in malloc)"
    grep -q "^map $(realpath "$tree")/.*/libstdc++" seen/* || fail "the tree's libstdc++ is not loaded"
    ! grep "^base $tree" seen/* || fail "the program sees files of the tree"
done
