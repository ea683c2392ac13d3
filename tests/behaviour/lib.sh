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
        -I"$here" -o "$1" - -x none -Wl,--allow-shlib-undefined "${@:2}" \
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

# What a command does, claim by claim: lines NAME => VALUE (claims.h), or steps with what comes of them
# (dlmopen-steps.h). What is said of spaces' widths does not count.
squeezed() { sed -E 's/[[:space:]]+/ /g; s/^ //; s/ $//; /^$/d' "$@"; }

# The claims that differ, each with its name, what was expected and what came.
differing_claims() { # WANTED CAME
    local wanted=() came=() i
    mapfile -t wanted < <(squeezed "$1")
    mapfile -t came < <(squeezed "$2")
    for ((i = 0; i < ${#wanted[@]} || i < ${#came[@]}; i++)); do
        [[ ${wanted[i]-} != "${came[i]-}" ]] || continue
        if [[ ${wanted[i]-} == *' =>'* && ${came[i]-} == "${wanted[i]%% =>*} =>"* ]]; then
            echo "  ${wanted[i]%% =>*}: expected ${wanted[i]#*=> }, came ${came[i]#*=> }"
        else
            # From here on the lines are not the same claims.
            echo "  expected the claim \"${wanted[i]-(none)}\", came \"${came[i]-(nothing)}\""
            break
        fi
    done
}

# That the claims of a file hold for a command, which succeeds.
hold() { # FILE COMMAND…
    local status=0 differing
    "${@:2}" >"$scratch/came.txt" 2>"$scratch/stderr" || status=$?
    echo >>"$scratch/came.txt"
    differing=$(differing_claims "$1" "$scratch/came.txt")
    [[ -z $differing ]] || fail "${*:2} (exit $status):"$'\n'"$differing"$'\n'"$(<"$scratch/stderr")"
    [[ $status == 0 ]] || fail "exit $status of: ${*:2}; $(<"$scratch/stderr")"
}

# The same for claims on standard input.
claims() { # COMMAND… <CLAIMS
    cat >"$scratch/claims.txt"
    hold "$scratch/claims.txt" "$@"
}

# That claims hold natively, with the libraries of the tree, and in a capsule.
claims_natively_and_in() { # LIBRARIES [OPTION…] -- PROGRAM ARGUMENT… <CLAIMS
    local words=("$@")
    while [[ ${words[0]} != -- ]]; do words=("${words[@]:1}"); done
    claims env "LD_LIBRARY_PATH=$libs" "${words[@]:1}"
    hold "$scratch/claims.txt" run "$@"
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
