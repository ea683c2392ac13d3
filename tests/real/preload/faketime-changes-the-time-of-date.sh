#!/bin/bash
# date, and python3, live in another year with libfaketime.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3
faketime=$(tool libfaketime.so.1)
export FAKETIME="2031-05-06 07:08:09" TZ=UTC
compare "$faketime" -- date +%Y-%m-%d
[[ $(<said) == 2031-05-06 ]] || fail "date says $(<said)"
compare "$faketime" -- /usr/bin/python3 -c 'import datetime, os, time
open("file", "w").close()
print(datetime.datetime.now().year, time.gmtime(os.stat("file").st_mtime).tm_year)'
grep -q '^2031 ' said || fail "python3 says $(<said)"
# Children as well.
said=$("$bulkhead" preload "$faketime" -- sh -c 'date +%Y; exec date +%m')
[[ $said == $'2031\n05' ]] || fail "the shell's children say $said"
