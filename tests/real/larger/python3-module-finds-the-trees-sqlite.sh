#!/bin/bash
# --plugin: Python's own _sqlite3 module, which Python opens by its path, is loaded into a capsule in which it finds the tree's SQLite. It calls
# Python's functions, and Python calls it, as natively; what else Python opens is this system's.
. "$(dirname "$0")/../lib.sh"
python=/usr/bin/python3
need $python
cat >"$scratch/program.py" <<'END'
import sqlite3
import threading
import zlib

database = sqlite3.connect(":memory:")
database.create_function("next", 1, lambda x: x + 1)
print(database.execute("select next(41)").fetchone()[0])
try:
    database.execute("select nonsense")
except sqlite3.OperationalError as error:
    print(error)
rows = []
thread = threading.Thread(target=lambda: rows.extend(sqlite3.connect(":memory:").execute("select 7").fetchall()))
thread.start()
thread.join()
print(rows, zlib.decompress(zlib.compress(b"as ever")))
print("SQLite", sqlite3.sqlite_version)
print("from", *{line.split()[-1] for line in open("/proc/self/maps") if "/libsqlite3.so" in line})
END
native=$($python "$scratch/program.py") || fail "natively: $?"
output=$("$bulkhead" run --plugin '*/_sqlite3*.so' --library-path "$tree/usr/lib/x86_64-linux-gnu" -- $python "$scratch/program.py" 2>"$scratch/said") ||
    fail "python3 ended with $?: $(<"$scratch/said")"
[[ ! -s $scratch/said ]] || fail "said: $(<"$scratch/said")"
[[ ${output%SQLite *} == "${native%SQLite *}" ]] || fail "another answer: $output"
[[ ${output##*SQLite } == "$(tree_version libsqlite3-0)"$'\nfrom '"$(file_in "$tree" libsqlite3.so.0)" ]] || fail "another SQLite: $output"
