#!/bin/bash
# The sqlite3 shell works on the libsqlite3 of another release, if that is of the
# version it was compiled with: it checks that itself and ends with a message if it
# is not. Then that message must show that it was the tree's library it asked.
# (python3-sqlite3-… has a program which is not so particular.)
. "$(dirname "$0")/lib.sh"
need sqlite3
program=$(command -v sqlite3)
[[ -n $(name_wanted "$program" libsqlite3) ]] || skip "no library: this system's sqlite3 has libsqlite3 built in"
need_fitting "$program" libsqlite3.so.0

visible="sqlite3_open_v2 sqlite3_step"
strings="sqlite3_libversion sqlite3_sourceid"
version=$(tree_version libsqlite3-0)

cd "$scratch"
status=0
output=$(on_tree --expose libsqlite3.so.0 -- sqlite3 numbers.db 'create table t(n);
    insert into t values (20), (22); select sum(n) from t; select sqlite_version();' 2>&1) || status=$?
echo "$output"
check_segregated sqlite3 libsqlite3.so.0
[[ $(returned sqlite3 sqlite3_libversion) == "$version" ]] ||
    fail "sqlite3_libversion() returned $(returned sqlite3 sqlite3_libversion), not $version"

if [[ $output == "SQLite header and source version mismatch"* ]]; then
    [[ $output == *"$(returned sqlite3 sqlite3_sourceid)"* ]] || fail "the shell asked another library"
    [[ $version != "$(dpkg-query -W -f '${Version}' libsqlite3-0 | sed 's/-[^-]*$//')" ]] ||
        fail "the tree's libsqlite3 has this system's version, and the shell refuses it"
else
    [[ $status -eq 0 && $output == "42"$'\n'"$version" ]] || fail "expected 42 and then version $version"
fi
