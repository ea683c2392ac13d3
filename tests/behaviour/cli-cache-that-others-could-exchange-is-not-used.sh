#!/bin/bash
# Who may rename a directory above the cache could give the user's programs other libraries. So such a place is
# not used, and nothing is made in it; a place that was chosen is refused. The sticky bit is enough above.
. "$(dirname "$0")/cli.bash"
[[ $EUID -eq 0 ]] || skip "only root can make directories of another user"
umask 022
other=65533
shown="echo \${LD_LIBRARY_PATH%%:*}"
used() { run "$@" sh -c "$shown" || fail "$*: ended with $?"; }
elsewhere() { # WHY [OPTION…]
    local place
    place=$(used "${@:2}")
    [[ $place == "$XDG_RUNTIME_DIR"/bulkhead/v1/* ]] || fail "$1: the shims are in $place"
}
export XDG_RUNTIME_DIR=$scratch/runtime
mkdir -m 700 runtime
chmod 755 .

# The home of somebody else, as after sudo -E; one with a link to it; one below a directory of theirs.
mkdir -p theirs/home mine
chown $other theirs
chmod 755 theirs
ln -s "$scratch/theirs" link
for home in theirs link theirs/home; do
    HOME=$scratch/$home XDG_CACHE_HOME='' elsewhere "$home"
    XDG_CACHE_HOME=$scratch/$home elsewhere "$home"
    refused 125 "belongs to user $other" "--cache-dir" -- run --cache-dir $home/cache ./program
    [[ -z $(find theirs -mindepth 1 ! -path theirs/home) ]] || fail "something was left: $(find theirs)"
done

# One that others may write to.
for mode in 777 775 757; do
    mkdir -p open/cache
    chmod $mode open
    XDG_CACHE_HOME=$scratch/open elsewhere "$mode"
    XDG_CACHE_HOME=$scratch/open/cache elsewhere "$mode"
    refused 125 "$scratch/open: may be written to by others" -- run --cache-dir open/cache ./program
    rm -r open
done
# By an access list, too.
if command -v setfacl >/dev/null && mkdir list && setfacl -m u:$other:rwx list 2>/dev/null; then
    XDG_CACHE_HOME=$scratch/list elsewhere "an access list"
fi

# Where nobody can rename what is another's, the user's own directories and links are well.
mkdir -m 1777 sticky
chmod 1777 sticky
mkdir sticky/mine sticky/theirs
ln -s mine sticky/link
ln -s "$scratch/mine" sticky/trap
chown $other sticky/theirs
chown -h $other sticky/trap
for name in mine link; do
    place=$(XDG_CACHE_HOME=$scratch/sticky/$name used)
    [[ $place == "$scratch"/sticky/mine/bulkhead/v1/* ]] || fail "sticky/$name: the shims are in $place"
done
for name in theirs trap; do XDG_CACHE_HOME=$scratch/sticky/$name elsewhere "sticky/$name"; done

# What others wrote into a cache while they could.
run -v ./program 2>said
place=$(sed -n 's/.*shims made: //p' said)
[[ $place == "$XDG_CACHE_HOME"/bulkhead/v1/* ]] || fail "the shims are in $place"
for changed in "$place" "$place/stamp"; do
    chown $other "$changed"
    run -v ./program 2>said
    grep -q "shims made" said || fail "an entry of somebody else was used: $(<said)"
    [[ $(stat -c %u "$changed") == 0 ]] || fail "$changed is still theirs"
done

# In a user namespace root's directories are of a user without a number, as are those of all others.
unshare -Ur true 2>/dev/null || skip "no user namespace can be made here"
chown -R $other home
chmod -R go+rX .
shown_by_other() { # COMMAND…: as another user, who is root in a user namespace of their own
    setpriv --reuid=$other --clear-groups unshare -r "$bulkhead" run --tree tree --expose libthing.so.1 -- "$@"
}
setpriv --reuid=$other --clear-groups unshare -r cat "$bulkhead" >/dev/null 2>&1 || skip "another user cannot read $bulkhead"
place=$(XDG_RUNTIME_DIR='' shown_by_other sh -c "$shown") || fail "in a user namespace it ended with $?"
[[ $place == "$XDG_CACHE_HOME"/bulkhead/v1/* || $place == /tmp/bulkhead-0/v1/* ]] || fail "the shims are in $place"
mkdir unmapped
chown 65532 unmapped
chmod 755 unmapped
place=$(XDG_RUNTIME_DIR='' XDG_CACHE_HOME=$scratch/unmapped shown_by_other sh -c "$shown" 2>said) || fail "ended with $?: $(<said)"
[[ $place != "$scratch"/* ]] || fail "the shims are in $place"
