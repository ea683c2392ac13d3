#!/bin/bash
# Somebody who owns the directory above root's cache, and exchanges it all the time, does not get a library of theirs
# into root's programs.
. "$(dirname "$0")/cli.bash"
[[ $EUID -eq 0 ]] || skip "the user whose program it is has to be root"
command -v setpriv >/dev/null || skip "there is no setpriv"
umask 022
other=65533
chmod 755 .
cc -x c - -x none -o answer tree/usr/lib/libthing.so.1 <<'END_OF_SOURCE'
#include <stdio.h>
int libthing_answer(void);
int main(void) { return printf("%d\n", libthing_answer()) < 0; }
END_OF_SOURCE
cc -shared -fPIC -x c - -o evil.so -Wl,-soname,libthing.so.1 <<<'int libthing_answer(void) { return 666; }'
cc -x c - -o exchange <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    for (;;) {
        renameat2(AT_FDCWD, "cache/bulkhead", AT_FDCWD, "cache/evil", RENAME_EXCHANGE);
        renameat2(AT_FDCWD, "cache/bulkhead", AT_FDCWD, "cache/evil", RENAME_NOREPLACE);
        usleep(300);
    }
}
END_OF_SOURCE

mkdir cache
chown $other cache
export XDG_CACHE_HOME=$scratch/cache XDG_RUNTIME_DIR=$scratch/runtime
mkdir -m 700 runtime
run ./answer >said || fail "the first start ended with $?"
# A directory with every name that root's cache has, made by somebody else.
key=$(cd "$XDG_RUNTIME_DIR" && find . "$scratch/cache" -name '????????????????' -type d | sed -n 1p)
mkdir -p "cache/evil/v1/${key##*/}" cache/bulkhead
cp evil.so "cache/evil/v1/${key##*/}/libthing.so.1"
chown -R $other cache/evil
chmod -R go+rX "$scratch"
# Under the names of another user's directories and of root's by turns.
setpriv --reuid=$other --clear-groups ./exchange &
exchange=$!
trap 'kill $exchange; wait $exchange 2>/dev/null || true; rm -rf "$scratch"' EXIT
for ((i = 0; i < 150; ++i)); do
    status=0
    run ./answer >said 2>why || status=$?
    [[ $status -eq 0 && $(<said) == 42 ]] || fail "start $i ended with $status and said $(<said) $(<why)"
done
