# shellcheck shell=bash
# What the scripts of tests/real share. Each is called with the name of a Debian
# release, the tree of which it uses:
#
#   tests/real/glxinfo-renders-on-the-trees-mesa.sh trixie
#
# BULKHEAD names the launcher to test, build/bin/bulkhead if it is not set. Where there is no
# compiler and no network, READY_TREE and READY_BASEMAPS name a tree and a basemaps.so made elsewhere.
# Exit codes: 0 passed, 77 skipped (the last line says why), else failed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bulkhead=$(realpath -m "${BULKHEAD:-$here/../../build/bin/bulkhead}")
scratch=$(mktemp -d)
children=()

clean_up() {
    local child
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap clean_up EXIT

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }

need() { # PROGRAM…
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed (script/setup installs it)"
    done
}

[[ -x $bulkhead ]] || fail "there is no launcher $bulkhead; run script/build, or set BULKHEAD"
tree=${READY_TREE:-$("$here/trees" "${1:?say which release: ${0##*/} trixie}")} || exit $?
# As /proc/PID/maps has it, where links in the path are followed.
tree=$(realpath "$tree")

# Found before HOME changes: from here on nothing is read from or left in the user's own directories,
# and each test starts with an empty cache of shims.
# shellcheck disable=SC2034 # tests that need another tree use it
home_before=${HOME:-}
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache
mkdir -p "$HOME"
unset LD_PRELOAD LD_LIBRARY_PATH DISPLAY WAYLAND_DISPLAY XDG_RUNTIME_DIR

basemaps=${READY_BASEMAPS:-$scratch/basemaps.so}
[[ -n ${READY_BASEMAPS:-} ]] || cc -shared -fPIC -O1 -Wall -Wextra -Werror -o "$basemaps" "$here/basemaps.c"

# The upstream version of the first of these packages that the tree has (releases
# name some differently): "2:3.5.1-1+deb13u1" is 3.5.1.
tree_version() { # PACKAGE…
    local package version
    for package in "$@"; do
        version=$(sed -n "s/^$package \([0-9]*:\)\?\(.*\)-[^-]*$/\2/p" "$tree.packages")
        [[ -z $version ]] || { echo "$version"; return; }
    done
    fail "the tree has none of the packages $*" >&2
}

# The name under which FILE, or a library that it needs, wants LIBRARY, which is given without its
# number: libssl.so.3 or libssl.so.1.1. Nothing if it does not.
name_wanted() { # FILE LIBRARY
    ldd "$1" | sed -n "s/^\s*\($2\.so[.0-9]*\) => .*/\1/p"
}

# Skips where FILE cannot mean anything to the tree: it wants a LIBRARY that the tree does not have, or symbols
# or versions of it that are newer than the tree. ld.so is asked, with the tree's LIBRARYs alone in the place of
# this system's: what is missing then and was not before counts, if it is not one of them that misses it.
need_fitting() { # FILE LIBRARY…
    local library lacking alone=$scratch/alone
    rm -rf "$alone"
    mkdir "$alone"
    for library in "${@:2}"; do
        [[ -n $(find "$tree/usr/lib" -name "$library" -print -quit) ]] ||
            skip "soname: this system's ${1##*/} needs $library, the tree has $(find "$tree/usr/lib" \
                -name "${library%%.so*}.so.*" ! -type l -printf '%f ')"
        ln -s "$(file_in "$tree" "$library")" "$alone/$library"
    done
    lacking=$(comm -13 <(missing_of "$1") <(LD_LIBRARY_PATH=$alone missing_of "$1") | sort -u | sed -n 1,3p | xargs)
    [[ -z $lacking ]] || skip "too old a tree: this system's ${1##*/} needs what the tree's ${*:2} lacks: $lacking"
}

missing_of() { # FILE: names of symbols and versions
    ldd -r "$1" 2>&1 | grep -v "[(/ ]$scratch/alone/[^ ]*)" |
        sed -n "s/^undefined symbol: \([^[:space:],]*\).*/\1/p; s/.*: version .\(.*\)' not found.*/\1/p" | sort -u
}

start_x() {
    need Xvfb
    # Not reset when its last client leaves: the next one would meet a server that starts anew.
    # The screen's content is the file Xvfb_screen0.
    Xvfb -noreset -displayfd 3 -screen 0 640x480x24 -fbdir "$scratch" -nolisten tcp 3>"$scratch/display" 2>"$scratch/xvfb.log" &
    children+=($!)
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        if [[ -s $scratch/display ]]; then
            DISPLAY=:$(<"$scratch/display")
            export DISPLAY
            return
        fi
        kill -0 "${children[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    fail "Xvfb did not start: $(<"$scratch/xvfb.log")"
}

# A web server with this system's own OpenSSL: sets port, makes $scratch/cert.pem.
start_https_server() {
    /usr/bin/python3 "$here/https_server.py" "$scratch" 2>"$scratch/server.log" &
    children+=($!)
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        [[ ! -s $scratch/port ]] || break
        kill -0 "${children[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    [[ -s $scratch/port ]] || fail "the web server did not start: $(<"$scratch/server.log")"
    # shellcheck disable=SC2034 # the tests use it
    port=$(<"$scratch/port")
}

# Runs a program through the launcher, with the observer of basemaps.c in it.
# hidden: symbols that only private libraries of the tree define; visible: symbols
# of the exposed ones; strings: functions to call for the text they return;
# under: a command to run the launcher under, such as timeout; preload: another library to preload.
on_tree() { # OPTION… -- PROGRAM ARGUMENT…
    rm -rf "$scratch/seen"
    mkdir "$scratch/seen"
    BASEMAPS_DIR=$scratch/seen BASEMAPS_SYMBOLS="${visible:-} ${hidden:-}" BASEMAPS_STRINGS=${strings:-} \
        LD_PRELOAD=$basemaps${preload:+:$preload} ${under:-} "$bulkhead" run --tree "$tree" "$@"
}

seen() { # PROGRAM: the file in which its observer wrote what it saw
    local found=("$scratch/seen/${1##*/}".*)
    [[ -e ${found[0]} ]] || fail "$1 did not end by exit(3) or SIGTERM, or never ran"
    echo "${found[0]}"
}

# The file itself, as /proc/PID/maps names it: symbolic links followed.
file_in() { # ROOT LIBRARY
    local found
    found=$(find "$1/usr/lib" -name "$2" -print -quit)
    [[ -n $found ]] || fail "$1 has no $2; the test's list of packages is wrong"
    realpath "$found"
}

# What the functions named by strings returned.
returned() { # PROGRAM FUNCTION
    sed -n "s/^string $2 //p" "$(seen "$1")"
}

# The library was the tree's; nothing else of the tree can be seen by the program.
check_segregated() { # PROGRAM LIBRARY…: these of the tree must be in use
    local facts library name file
    facts=$(seen "$1") || { echo "$facts"; exit 1; }
    for library in "${@:2}"; do
        grep -qxF "map $(file_in "$tree" "$library")" "$facts" ||
            fail "$1 does not use the tree's $library; mapped: $(grep "^map .*/${library%%.so*}" "$facts" | sort -u || true)"
    done
    while read -r file; do
        [[ $file != "$tree"/* ]] || fail "the tree's $file is in the base namespace, where $1 sees all of it"
    done < <(sed -n 's/^base //p' "$facts" | xargs -r -d '\n' realpath -qm --)
    ! grep -E "^map $tree/.*/(libc|ld-linux[^/]*)\.so\.[0-9]" "$facts" ||
        fail "the tree's libc is loaded: there must be one libc, the program's"
    for name in ${visible:-}; do
        file=$(sed -n "s/^symbol $name //p" "$facts")
        [[ $file == "$tree"/* ]] || fail "$1 gets $name from $file, not from the tree"
    done
    for name in ${hidden:-}; do
        file=$(sed -n "s/^symbol $name //p" "$facts")
        [[ $file != "$tree"/* && $file != nowhere ]] ||
            fail "$1 sees $name of the tree's private library $file"
    done
}
