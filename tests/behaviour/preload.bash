# shellcheck shell=bash
# What the preload-* scripts share, on top of lib.sh. Tools and their libraries lie in $host, a
# directory of this system's.
# shellcheck source=tests/behaviour/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# A tool, or a library for one (or for a program), by its file's name.
tool() { # NAME OPTION… <SOURCE
    at=$host library "$@"
}

preload() { # TOOL… -- PROGRAM ARGUMENT…
    "$bulkhead" preload "$@"
}

# That a program prints this with tools of $host, and prints the same with LD_PRELOAD.
both() { # TEXT TOOL… -- PROGRAM ARGUMENT…
    local text=$1 tools=() list=
    shift
    while [[ $1 != -- ]]; do tools+=("$host/$1"); list+=$host/$1:; shift; done
    shift
    LD_PRELOAD=${list%:} expect "$text" "$@"
    expect "$text" preload "${tools[@]}" -- "$@"
}

# The same, claim by claim; with LD_PRELOAD first.
both_make_true() { # TOOL… -- PROGRAM ARGUMENT… <CLAIMS
    local tools=() list=
    while [[ $1 != -- ]]; do tools+=("$host/$1"); list+=$host/$1:; shift; done
    shift
    LD_PRELOAD=${list%:} claims "$@"
    hold "$scratch/claims.txt" preload "${tools[@]}" -- "$@"
}
