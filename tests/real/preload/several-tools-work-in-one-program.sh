#!/bin/bash
# libfaketime, tcmalloc and libeatmydata in one program and its children.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3
export FAKETIME="2031-05-06 07:08:09" TZ=UTC symbols="malloc fsync time"
compare "$(tool libfaketime.so.1)" "$(tool libtcmalloc_minimal.so.4)" "$(tool libeatmydata.so)" -- \
    /usr/bin/python3 -c 'import os, subprocess, time
with open("file", "w") as file: os.fsync(file.fileno())
print(time.gmtime().tm_year, subprocess.run(["date", "+%Y"], capture_output=True).stdout)'
[[ $(<said) == "2031 b'2031\n'" || $(<said) == "2031 b'2031\\n'" ]] || fail "python3 says $(<said)"
for pair in time:libfaketime malloc:libtcmalloc fsync:libeatmydata; do
    [[ $(found_in "${pair%:*}") == *"/${pair#*:}"* ]] || fail "${pair%:*} comes from $(found_in "${pair%:*}")"
done
