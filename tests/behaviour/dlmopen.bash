# shellcheck shell=bash
# What the scripts tests/behaviour/dlmopen-* share: programs that are built twice, for bulkhead and for
# plain glibc, which is the oracle.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

# ./NAME with bulkhead, ./NAME-plain with glibc alone.
both() { # NAME OPTION… <SOURCE
    cat >"$scratch/source.c"
    caller "$1" "${@:2}" <"$scratch/source.c"
    program "$1-plain" -DPLAIN -I"$here" "${@:2}" -pthread <"$scratch/source.c"
}

glibc_at_least() { # 2.NN
    local version
    version=$(getconf GNU_LIBC_VERSION)
    [[ $(printf '%s\n' "$1" "${version#glibc }" | sort -V | head -1) == "$1" ]]
}

# That both print this.
agree() { # TEXT NAME ARGUMENT…
    expect "$1" "./$2-plain" "${@:3}"
    expect "$1" "./$2" "${@:3}"
}

# Steps (dlmopen-steps.h), each with what comes of it.
steps_program() { [[ -x steps ]] || both steps -Wl,--export-dynamic-symbol=exported_by_program <<<'#include "dlmopen-steps.h"'; }

run_steps() { # PROGRAM STEPS
    MODULES=$host hold "$2" with_input "$2" "$1"
}
with_input() { "${@:2}" <"$1"; }

# Each takes steps on standard input. The oracle comes first.
bulkhead_does() {
    steps_program
    cat >wanted.txt
    run_steps ./steps wanted.txt
}
plain_does() {
    steps_program
    cat >wanted.txt
    run_steps ./steps-plain wanted.txt
}
dlopen_does() { STEPS_IN_BASE=1 plain_does; }

# In a namespace of plain dlmopen's, and of bulkhead's.
both_do() {
    plain_does
    run_steps ./steps wanted.txt
}

# The same, where plain dlmopen of an older glibc ends the process (an error of dlsym or dlopen inside).
both_do_since() { # 2.NN <STEPS
    if glibc_at_least "$1"; then both_do; else bulkhead_does; fi
}

# In the program's namespace, and in one of bulkhead's: for what plain dlmopen cannot do.
does_as_dlopen() {
    dlopen_does
    run_steps ./steps wanted.txt
}
