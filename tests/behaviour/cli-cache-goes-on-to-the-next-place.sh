#!/bin/bash
# Where there is no room, or somebody else has taken the name, shims go to the next place: the program starts in any case.
if [[ ${1:-} != inside && $EUID -eq 0 ]] && unshare -m true 2>/dev/null; then
    # With a /tmp and a /var/tmp of its own, in which what is tested may lie.
    # shellcheck disable=SC2016 # for the shell inside
    exec unshare -m sh -c 'mount --bind "$1" /mnt || exit
        for each in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 none $each || exit; done
        case $1 in /tmp/* | /var/tmp/*) mkdir -p "$1" && mount --bind /mnt "$1" || exit ;; esac
        umount /mnt
        exec bash "$0" inside' "$(realpath "$0")" "$(realpath "$(dirname "$0")/../..")"
fi
. "$(dirname "$0")/cli.bash"
[[ ${1:-} == inside ]] || skip "only root can make files of another user, and file systems"
umask 022
unset XDG_CACHE_HOME
shown="echo \${LD_LIBRARY_PATH%%:*}"
lies_in() { # PLACE
    local place
    place=$(run sh -c "$shown") || fail "$1: ended with $?"
    [[ $place == $1/v1/* ]] || fail "$1: the shims are in $place"
}

# A disk that is full, and one that becomes so.
mkdir small
mount -t tmpfs -o size=8k none small
export XDG_CACHE_HOME=$scratch/small
lies_in "/tmp/bulkhead-$EUID"
run -v ./program 2>said
grep -q "shims are kept in /tmp/bulkhead-$EUID/v1 this time (.*small.*No space left" said || fail "not said: $(<said)"
[[ -z $(find small -type f) ]] || fail "something was left: $(find small)"
run -v --no-cache ./program 2>said
grep -q "shims made: /tmp/bulkhead-$EUID/v1/once-" said || fail "--no-cache: $(<said)"
mount -o remount,size=8m small
lies_in "$scratch/small/bulkhead"
mount -o remount,ro small
rm -r "/tmp/bulkhead-$EUID"
lies_in "/tmp/bulkhead-$EUID"

# Names that somebody else has taken.
unset XDG_CACHE_HOME HOME
rm -r "/tmp/bulkhead-$EUID"
taken() { mkdir "$1" && chown 65533 "$1"; }
taken "/tmp/bulkhead-$EUID"
lies_in "/var/tmp/bulkhead-$EUID"
rm -r "/var/tmp/bulkhead-$EUID"
touch "/var/tmp/bulkhead-$EUID"
lies_in "/tmp/bulkhead-$EUID-??????"
taken "/tmp/bulkhead-$EUID-aaaaaa"
lies_in "/tmp/bulkhead-$EUID-??????"
[[ $(find /tmp -maxdepth 1 -name "bulkhead-$EUID-*" -user root | wc -l) -eq 1 ]] || fail "a new one for each start"
umount small
