#!/bin/bash
# A shim in the cache that was cut off, changed or removed is made again.
. "$(dirname "$0")/cli.bash"
cc -x c - -x none -o program tree/usr/lib/libthing.so.1 <<'END'
int libthing_answer(void);
int main(void) { return libthing_answer() != 42; }
END
works() {
    run -v ./program 2>said || fail "$1: ended with $?: $(<said)"
    grep -q "$2" said || fail "$1: not $2: $(<said)"
}
works "first start" "shims made" && works "second start" "from the cache"
entry=$(echo "$XDG_CACHE_HOME"/bulkhead/v1/*)
damaged() { works "$1" "shims made" && works "after: $1" "from the cache"; }
: >"$entry/libthing.so.1" && damaged "shim without content"
truncate -s 4096 "$entry/libthing.so.1" && damaged "shim cut off"
overwrite "$entry/libthing.so.1" 64 '\0\0\0\0' && damaged "shim of the same size"
rm "$entry/libthing.so.1" && damaged "shim removed"
rm "$entry/libbulkhead.so.0" && damaged "link removed"
: >"$entry/stamp" && damaged "stamp without content"
truncate -s -2 "$entry/stamp" && damaged "stamp cut off"
rm -r "${entry:?}" && : >"$entry" && damaged "file in place of the entry"
[[ $(find "$XDG_CACHE_HOME/bulkhead/v1" -mindepth 1 -maxdepth 1 | wc -l) -eq 1 ]] || fail "something was left"
