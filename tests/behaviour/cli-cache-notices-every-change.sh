#!/bin/bash
# The second start finds its shims; a changed library, program or option makes new ones.
. "$(dirname "$0")/cli.bash"
first() { run -v "$@" ./program 2>&1 | grep "shims made" >/dev/null || fail "$1: not made anew"; }
again() { run -v "$@" ./program 2>&1 | grep "from the cache" >/dev/null || fail "$1: not from the cache"; }
first --map /a && again --map /a && again --map /a
first --map /b && again --map /b && again --map /a
touch tree/usr/lib/libthing.so.1
first --map /a && again --map /a
library libother.so.1
first --map /a && again --map /a # a directory that is searched
touch program
first --map /a && again --map /a
LD_LIBRARY_PATH=/nowhere first --map /a
again --map /a
entries=$(find "$XDG_CACHE_HOME/bulkhead/v1" -mindepth 1 -maxdepth 1 | wc -l)
[[ $entries -eq 3 ]] || fail "$entries entries rather than 3"
run -v --no-cache ./program 2>&1 | grep "shims made: .*/once-" >/dev/null

# What nobody used for a year, or what a process left that ended a year ago, is removed. (Where all processes can be
# seen a month is enough, and a day.)
cache=$XDG_CACHE_HOME/bulkhead/v1
mkdir "$cache/0123456789abcdef" "$cache/once-999999999-abc" "$cache/making-$$-abc"
touch -d "400 days ago" "$cache/0123456789abcdef/stamp" "$cache/once-999999999-abc" "$cache/making-$$-abc"
first --map /c
[[ ! -e $cache/0123456789abcdef && ! -e $cache/once-999999999-abc ]] || fail "something old was left"
[[ -e $cache/making-$$-abc ]] || fail "what a living process is making was removed"
again --map /a
