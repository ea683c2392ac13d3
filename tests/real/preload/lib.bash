# shellcheck shell=bash
# What the scripts here share: tools that are made for LD_PRELOAD, in programs of this system, each
# compared with what plain LD_PRELOAD does.
#
# BULKHEAD names the launcher to test, build/bin/bulkhead if it is not set.
# Exit codes: 0 passed, 77 skipped (the last line says why), else failed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bulkhead=$(realpath -m "${BULKHEAD:-$here/../../build/bin/bulkhead}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }

need() { # PROGRAM…
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed (script/setup installs it)"
    done
}

[[ -x $bulkhead ]] || fail "there is no launcher $bulkhead; run script/build, or set BULKHEAD"
# shellcheck disable=SC2034 # tests that need a tree use it
home_before=${HOME:-}
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache
mkdir -p "$HOME"
unset LD_PRELOAD LD_LIBRARY_PATH GLIBC_TUNABLES XDG_RUNTIME_DIR
cd "$scratch"
cc -shared -fPIC -O1 -Wall -Wextra -Werror -o basemaps.so "$here/basemaps.c"

tool() { # FILE: its path; a pattern as find's
    local found
    found=$(find /usr/lib /usr/local/lib -name "$1" -print -quit 2>/dev/null)
    [[ -n $found ]] || skip "$1 is not installed (script/setup installs it)" >&2
    echo "$found"
}

# Runs a program with tools, natively and by the launcher, each with the observer of basemaps.c
# behind them: both must end and say the same. `drop`: a filter for what differs from start to start;
# `options`: for the launcher.
# What the launcher's said is in $scratch/said, what its observer saw in $scratch/seen.
compare() { # TOOL… -- PROGRAM ARGUMENT…
    local tools=() list=
    while [[ $1 != -- ]]; do tools+=("$1"); list+=$1:; shift; done
    shift
    rm -rf native seen
    mkdir native seen
    local status=0 native=0 filter=${drop:-cat}
    BASEMAPS_DIR=$scratch/native BASEMAPS_SYMBOLS=${symbols:-} LD_PRELOAD=$list$scratch/basemaps.so \
        "$@" >native.said 2>&1 || native=$?
    BASEMAPS_DIR=$scratch/seen BASEMAPS_SYMBOLS=${symbols:-} LD_PRELOAD=$scratch/basemaps.so \
        "$bulkhead" preload ${options:+"$options"} "${tools[@]}" -- "$@" >said 2>&1 || status=$?
    [[ $status == "$native" ]] || fail "$* ended with $status, natively with $native: $(<said)"
    diff <($filter <native.said) <($filter <said) >difference || fail "$* says something else than natively: $(<difference)"
    check_hidden "${1##*/}" "${tools[@]}"
}

# No library of a tool's, nor the tool itself, is in the program's namespace, if the program does not
# need it itself. What is shared with all capsules is: glibc and libgcc_s.
check_hidden() { # PROGRAM TOOL…
    local facts=("seen/$1".*) tool library
    [[ -e ${facts[0]} ]] || fail "$1 did not end by exit(3), or never ran"
    for tool in "${@:2}"; do
        ! grep -qxF "base $tool" "${facts[0]}" || fail "$tool itself is in the program's namespace"
        grep -qxF "map $(realpath "$tool")" "${facts[0]}" || fail "$tool is not loaded: $(<"${facts[0]}")"
        while read -r library; do
            case ${library##*/} in
                libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | libgcc_s.so.1 | ld-linux*) continue ;;
            esac
            ! grep -q "^base .*/${library##*/}$" "${facts[0]}" || ldd "$(command -v "$1")" | grep -F "${library##*/}" >/dev/null ||
                fail "the program sees ${library##*/}, which $tool needs"
        done < <(ldd "$tool" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p')
    done
}

# The file in which the program finds a symbol.
found_in() { # SYMBOL
    sed -n "s/^symbol $1 //p" seen/* | sed -n 1p
}
