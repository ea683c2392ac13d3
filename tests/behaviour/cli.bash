# shellcheck shell=bash
# What the cli-* scripts share: a tree with one library, a program that needs it, and a
# check of how the command refuses. BULKHEAD names the command, build/bin/bulkhead if unset.
set -euo pipefail

bulkhead=$(realpath -m "${BULKHEAD:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin/bulkhead}")
[[ -x $bulkhead ]] || { echo "failed: there is no command $bulkhead; run script/build"; exit 1; }
scratch=$(mktemp -d)
trap 'chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch"
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache
mkdir -p "$XDG_CACHE_HOME" tree/usr/lib
unset LD_LIBRARY_PATH LD_PRELOAD XDG_RUNTIME_DIR BULKHEAD_DEBUG

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }

# library NAME [SOURCE [OPTION…]]: tree/usr/lib/NAME, with that SONAME
library() {
    local source=${2:-}
    [[ -n $source ]] || source="int ${1%%.*}_answer(void) { return 42; }"
    # Some compilers are set to leave out libraries that nothing is used of.
    cc -shared -fPIC -Wl,--no-as-needed -x c - -x none -o "tree/usr/lib/$1" "-Wl,-soname,$1" "${@:3}" <<<"$source"
}

# Whether this system's glibc is that release or a later one.
glibc_is_at_least() { # 2.N
    [[ $(printf '%s\n' "$1" "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == "$1" ]]
}

# A program that leaves a trace if it is started. (It can start another: what is exposed may be for that one.)
cc -x c - -o program <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(int count, char **arguments) {
  if (count > 1) execv(arguments[1], arguments + 1);
  return open("started", O_CREAT | O_WRONLY, 0600) < 0;
}
END
library libthing.so.1

run() { "$bulkhead" run --tree tree --expose libthing.so.1 "$@"; }

# refused STATUS TEXT… -- COMMAND…: the command ends so, says all of that on stderr, and
# the program was not started.
refused() {
    local expected=$1 texts=() status=0 text said
    shift
    while [[ $1 != -- ]]; do texts+=("$1"); shift; done
    shift
    said=$("$@" 2>&1 >/dev/null) || status=$?
    echo "$said"
    [[ $status -eq $expected ]] || fail "$* ended with $status rather than $expected"
    for text in "${texts[@]}"; do
        [[ $said == *"$text"* ]] || fail "$* does not say \"$text\""
    done
    [[ $said == "bulkhead: "* ]] || fail "the message does not say whose it is"
    [[ ! -e started ]] || fail "the program was started"
}

# What a refusal of a damaged file must look like, for the file tree/usr/lib/libthing.so.1.
refused_as_damaged() { # TEXT
    refused 125 libthing.so.1 "$1" -- run ./program
}

# Writes bytes into a file, at an offset; the bytes as printf takes them.
overwrite() { # FILE OFFSET BYTES
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
