#!/bin/bash
# `man bulkhead-COMMAND` tells what `bulkhead help` lists; whatis knows each page, and the pages of formats and interfaces.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

command -v man >/dev/null || skip "man is not installed"
pages=$prefix/share/man
[[ -d $pages ]] || skip "man pages were not made: pandoc was not there when this was configured"

mapfile -t commands < <("$prefix/bin/bulkhead" --help | sed -n '/commands:/I,$s/^  \([a-z]\+\) .*/\1/p')
[[ ${#commands[@]} -ge 9 ]] || fail "bulkhead --help lists only ${commands[*]}"
for page in bulkhead "${commands[@]/#/bulkhead-}" bulkhead.toml bulkhead-profile bulkhead-seccomp bulkhead-tool; do
    man -M "$pages" "$page" >text 2>said || fail "man $page: $(<said)"
    grep -q "^ *$page  *-  *[a-z]" text || fail "$page does not say in a line what it is: $(<text)"
    # What only leads somewhere in the files of docs/.
    ! grep -E '\]\(|^ *\|.*\| *$' text || fail "$page has Markdown left"
done
has() { # TEXT PAGE…: the text of a page
    man -M "$pages" "${@:2}" >text && grep -q -e "$1" text
}
has bh_capsule_open 3 bulkhead || fail "bulkhead(3) is not about the interface"

# A page of a command has its options, those that it shares with others too.
has '--on-failure stop|native' bulkhead-run || fail "bulkhead-run(1) has not all options"
has '^EXIT STATUS' bulkhead-run || fail "bulkhead-run(1) has no exit status"
! has '--on-failure' bulkhead-doctor || fail "bulkhead-doctor(1) has another command's options"

command -v lexgrog >/dev/null || exit 0
for page in "$pages"/man?/*; do
    lexgrog "$page" >said || fail "whatis would not know $page: $(<said)"
done
