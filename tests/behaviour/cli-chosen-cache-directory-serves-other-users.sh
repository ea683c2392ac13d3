#!/bin/bash
# A program that changes to another user starts others, as apt and daemons do: these can read a cache that was
# chosen with --cache-dir. The usual one is the user's alone.
. "$(dirname "$0")/cli.bash"
umask 022
cc -x c - -x none -o answer tree/usr/lib/libthing.so.1 <<'END'
#include <stdio.h>
int libthing_answer(void);
int main(void) { return printf("%d\n", libthing_answer()) < 0; }
END
run ./answer >said
[[ $(stat -c %a "$XDG_CACHE_HOME/bulkhead/v1") == 700 ]] || fail "others may read the user's cache"
run --cache-dir "$scratch/chosen" ./answer >said
[[ $(stat -c %a chosen/v1) == 755 ]] || fail "others may not read the cache that was chosen"

[[ $EUID -eq 0 ]] || skip "the rest is done as root"
command -v setpriv >/dev/null || skip "there is no setpriv"
chmod 755 "$scratch"
setpriv --reuid=65534 --clear-groups cat "$bulkhead" >/dev/null 2>&1 ||
    skip "another user cannot read $bulkhead, nor the libraries beside it"
said=$(run --cache-dir "$scratch/chosen" setpriv --reuid=65534 --clear-groups ./answer) || fail "it ended with $?"
[[ $said == 42 ]] || fail "it said $said"
