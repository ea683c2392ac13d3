#!/bin/bash
# Python's sqlite3 module, opened when it is imported, works on the libsqlite3 of
# another release.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
need $python
need_fitting "$($python -c 'import _sqlite3; print(_sqlite3.__file__)')" libsqlite3.so.0
expected=$(tree_version libsqlite3-0)

cd "$scratch"
output=$(on_tree --expose libsqlite3.so.0 -- $python -c '
import sqlite3
connection = sqlite3.connect("numbers.db")
connection.execute("create table t(n)")
connection.executemany("insert into t values (?)", [(20,), (22,)])
connection.create_function("twice", 1, lambda n: 2 * n)
print(*connection.execute("select sum(twice(n)), sqlite_version() from t").fetchone())
') || fail "python3 ended with $?: $output"
echo "$output"
[[ $output == "84 $expected" ]] || fail "expected 84 $expected"
check_segregated python3 libsqlite3.so.0
