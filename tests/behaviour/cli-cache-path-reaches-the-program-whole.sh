#!/bin/bash
# A cache directory whose path LD_LIBRARY_PATH cannot hold is not used, and -v says so; a
# relative one serves a program that runs elsewhere too.
. "$(dirname "$0")/cli.bash"
export XDG_RUNTIME_DIR=$PWD/runtime
mkdir -m 700 runtime
shown="echo \${LD_LIBRARY_PATH%%:*}"
# shellcheck disable=SC2016 # the dynamic linker's token, not ours
for name in 'a:b' 'a;b' 'a$LIB' 'a${ORIGIN}'; do
    used=$(run -v --cache-dir "$PWD/$name" sh -c "$shown" 2>said) || fail "$name: $(<said)"
    [[ $used == "$XDG_RUNTIME_DIR"/bulkhead/v1/* ]] || fail "$name: the shims are in $used"
    grep -F "$name: holds" said || fail "$name: not said: $(<said)"
    [[ ! -e $name ]] || fail "$name was made"
done
for options in "" --no-cache; do
    # shellcheck disable=SC2086 # an option or none
    used=$(run $options --cache-dir ./relative sh -c "cd / && $shown")
    [[ $used == /* && -s $used/libthing.so.1 ]] || fail "$options: the shims are in $used"
    [[ $(realpath "$used") == "$(realpath relative)"/v1/* ]] || fail "$used is not below relative"
done
