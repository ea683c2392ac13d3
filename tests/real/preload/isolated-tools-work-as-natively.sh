#!/bin/bash
# libeatmydata, libfaketime and proxychains-ng, each with a libc of its own.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3
export options=--isolated
eatmydata=$(tool libeatmydata.so)
compare "$eatmydata" -- dd if=/dev/zero of=file bs=1k count=1 conv=fsync status=none
compare "$eatmydata" -- /usr/bin/python3 -c 'import os, sqlite3
base = sqlite3.connect("base"); base.execute("create table if not exists t(n)"); base.execute("insert into t values (1)"); base.commit()
os.sync(); print(os.path.getsize("base"))'

faketime=$(tool libfaketime.so.1)
FAKETIME="2031-05-06 07:08:09" TZ=UTC compare "$faketime" -- date +%Y-%m-%d
[[ $(<said) == 2031-05-06 ]] || fail "date says $(<said)"
FAKETIME="2031-05-06 07:08:09" TZ=UTC compare "$faketime" -- /usr/bin/python3 -c 'import datetime, os, subprocess, threading, time
open("file", "w").close()
years = []
for each in [threading.Thread(target=lambda: years.append(time.gmtime().tm_year)) for _ in range(4)]: each.start(), each.join()
print(datetime.datetime.now().year, years, time.gmtime(os.stat("file").st_mtime).tm_year, subprocess.check_output(["date", "+%Y"]))'
grep -q '^2031 ' said || fail "python3 says $(<said)"

cat >connect.py <<'END'
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 5)
    print("connected")
except OSError as error:
    print(type(error).__name__, error)
END
cat >proxychains.conf <<'END'
strict_chain
[ProxyList]
socks5 127.0.0.1 9
END
PROXYCHAINS_QUIET_MODE=1 PROXYCHAINS_CONF_FILE=$scratch/proxychains.conf compare "$(tool libproxychains.so.4)" -- /usr/bin/python3 connect.py
grep -q Error said || fail "python3 says $(<said)"
