#!/bin/bash
# For a set-user-ID program the dynamic linker ignores LD_LIBRARY_PATH: said, not tried.
. "$(dirname "$0")/cli.bash"
program=$(command -v su) || skip "there is no su"
if [[ $EUID -eq 0 ]]; then
    cp ./program set-uid
    { chown 65534 set-uid && chmod u+s set-uid; } || skip "set-uid files cannot be made here"
    program=./set-uid
fi
[[ -u $program ]] || skip "su is not set-uid"
! findmnt -no OPTIONS -T "$program" | grep nosuid >/dev/null || skip "$program lies on a file system mounted nosuid"
! grep -q '^NoNewPrivs:.*1' /proc/self/status || skip "no_new_privs is set"
refused 125 "$(basename "$program")" "set-user-ID" "LD_LIBRARY_PATH" -- run "$program"
printf '#!%s\n' "$(realpath "$program")" >script
chmod +x script
refused 125 "set-user-ID" -- run ./script
# The same with shims that were made while the kernel ignored the bits.
if [[ $EUID -eq 0 ]]; then
    setpriv --no-new-privs "$bulkhead" run --tree tree --expose libthing.so.1 ./set-uid || fail "with no_new_privs: $?"
    [[ -e started ]] || fail "it was not started"
    rm started
    refused 125 "set-user-ID" -- run ./set-uid
fi
