# shellcheck shell=bash
# What the scripts of tests/behaviour/run-* share. Each script is one behaviour, makes its own
# tree and its own programs, and is called without arguments.
#
# BULKHEAD names the launcher to test, build/bin/bulkhead if it is not set.
# Exit codes: 0 passed, 77 skipped (the last line says why), else failed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bulkhead=$(realpath -m "${BULKHEAD:-$here/../../build/bin/bulkhead}")
scratch=$(realpath "$(mktemp -d)")
trap 'rm -rf "$scratch"' EXIT

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }

[[ -x $bulkhead ]] || fail "there is no launcher $bulkhead; run script/build, or set BULKHEAD"

# The other system: libraries only, no libc. And a directory of this system's.
tree=$scratch/tree
libs=$tree/usr/lib
host=$scratch/host
mkdir -p "$libs" "$host" "$scratch/home"
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache
unset LD_LIBRARY_PATH LD_PRELOAD LD_BIND_NOW XDG_RUNTIME_DIR BULKHEAD_DEBUG BULKHEAD_LIBDIR
cd "$scratch"

compile() { # OUTPUT OPTION… <SOURCE; the compiler can be chosen with language=c++
    local language=${language:-c} compiler=gcc
    [[ $language == c ]] || compiler=g++
    # -w: fixtures are short, not clean. What a fixture allocates is allocated: compilers leave out
    # malloc or new with its free or delete. Linking against a library of the tree must not need
    # what that library needs. dlopen was not in libc before glibc 2.34.
    "$compiler" -w -O1 -g -fno-builtin-{malloc,calloc,realloc,free,strdup} -fno-allocation-dce -x "$language" \
        -o "$1" - -x none -Wl,--allow-shlib-undefined "${@:2}" \
        -Wl,--push-state,--as-needed -ldl -Wl,--pop-state
}

# A library of the tree (or of another directory: at=DIR) whose SONAME is its name.
library() { # NAME OPTION… <SOURCE
    compile "${at:-$libs}/$1" -shared -fPIC "-Wl,-soname,$1" "${@:2}"
}

# A program in $scratch; give it libraries by their path.
program() { # NAME OPTION… <SOURCE
    compile "$scratch/$1" "${@:2}"
}

# Options of `bulkhead run` go before the --.
run() { # LIBRARIES [OPTION…] -- PROGRAM ARGUMENT…
    "$bulkhead" run --tree "$tree" --expose "$@"
}

# That a command succeeds and prints exactly this.
expect() { # TEXT COMMAND…
    local status=0 output
    output=$("${@:2}" 2>"$scratch/stderr") || status=$?
    [[ $status == 0 ]] || fail "exit $status of: ${*:2}; it said: $output $(<"$scratch/stderr")"
    [[ $output == "$1" ]] || fail "${*:2} printed: $output; expected: $1 $(<"$scratch/stderr")"
}

# That a command ends with status 125 and says all of these (patterns of grep -E).
refuses() { # PATTERN… -- COMMAND…
    local status=0 patterns=() pattern
    while [[ $1 != -- ]]; do patterns+=("$1"); shift; done
    shift
    "$@" >"$scratch/stdout" 2>"$scratch/stderr" || status=$?
    [[ $status == 125 ]] || fail "exit $status instead of 125 of: $*; $(<"$scratch/stderr")"
    for pattern in "${patterns[@]}"; do
        grep -Eq -- "$pattern" "$scratch/stderr" || fail "no '$pattern' in: $(<"$scratch/stderr")"
    done
}
