#!/bin/bash
# Some file systems cannot exchange two directories. There, too, a tree that cannot be renewed stays as it was, and one whose
# renewal is killed is there for the next command: the old one or the new one, and whole.
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME
command -v strace >/dev/null || skip "strace is not installed"
strace -qq -o /dev/null true 2>/dev/null || skip "strace is not allowed here"
shelf=$HOME/.local/share/bulkhead/trees
mkdir src
for i in $(seq 20); do echo old >"src/$i"; done
"$bulkhead" tree add mine --from src -q || fail "add"
for i in $(seq 20); do echo new >"src/$i"; done

update() { # INJECTION…
    local injections=() each
    for each in renameat2:error=EINVAL "$@"; do injections+=(-e "inject=$each"); done
    status=0
    strace -f -qq -o trace.txt -e trace=rename,renameat2,unlinkat "${injections[@]}" "$bulkhead" tree update mine 2>said.txt || status=$?
}
whole() { # CONTENT…: all of one of these, and nothing else is there
    [[ $(ls -A "$shelf") == mine ]] || fail "$*: there are $(ls -A "$shelf"); $(<said.txt)"
    local now each
    now=$(cat "$shelf"/mine/tree/* | sort | uniq -c | tr -s ' ')
    for each in "$@"; do [[ $now != " 20 $each" ]] || return 0; done
    fail "$*: the tree has $now"
}
anew() {
    rm -rf "${shelf:?}"/mine
    mkdir -p before
    for i in $(seq 20); do echo old >"before/$i"; done
    "$bulkhead" tree add mine --from before -q
    sed -i "s,$PWD/before,$PWD/src," "$shelf/mine/manifest.json"
}

# It cannot be set aside; the new one cannot take its place.
for nth in 1 2; do
    update "rename:error=EIO:when=$nth"
    [[ $status == 125 ]] && grep -q 'mine: cannot be .*Input/output error' said.txt || fail "$nth: exit $status, $(<said.txt)"
    whole old
done
# Nor can it be put back, at once.
update rename:error=EIO:when=2+
[[ $status == 125 ]] && grep -q 'the next bulkhead tree puts it back' said.txt || fail "exit $status, $(<said.txt)"
[[ $("$bulkhead" tree list) == *"directory $PWD/src"* ]] || fail "it is not put back: $("$bulkhead" tree list)"
whole old

# Killed at each step.
for moment in rename:signal=KILL:when={1,2,3} unlinkat:signal=KILL:when={1,2,3,10,20}; do
    update "$moment"
    [[ $status == 137 ]] || fail "$moment: exit $status, $(<said.txt)"
    "$bulkhead" tree path mine >/dev/null || fail "$moment: it is gone"
    whole old new
    anew
done
# What was half removed is not put back in the place of nothing.
update unlinkat:signal=KILL:when=10
rm -rf "${shelf:?}/mine"
"$bulkhead" tree list >list.txt 2>&1
[[ -z $(ls -A "$shelf") ]] || fail "a part of a tree is back: $(ls -A "$shelf"), $(<list.txt)"

anew
update
[[ $status == 0 ]] || fail "exit $status, $(<said.txt)"
whole new
