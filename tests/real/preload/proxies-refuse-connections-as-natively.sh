#!/bin/bash
# proxychains-ng and torsocks, with nothing behind them: a connection fails in their own way.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3
proxychains=$(tool libproxychains.so.4)
torsocks=$(tool libtorsocks.so)
cat >connect.py <<'END'
import socket
for call in (lambda: socket.create_connection(("192.0.2.1", 80), 5), lambda: socket.gethostbyname("host.invalid")):
    try:
        print(call())
    except OSError as error:
        print(type(error).__name__, error)
END
# A port of this host where nobody listens.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'strict_chain\nproxy_dns\n[ProxyList]\nsocks5 127.0.0.1 %s\n' "$port" >proxychains.conf
PROXYCHAINS_CONF_FILE=$scratch/proxychains.conf compare "$proxychains" -- /usr/bin/python3 connect.py
grep -q "127.0.0.1:$port" said || fail "proxychains does not name its proxy: $(<said)"
printf 'TorAddress 127.0.0.1\nTorPort %s\n' "$port" >torsocks.conf
without_time() { sed 's/^[0-9]* PERROR torsocks\[[0-9]*\]/PERROR/'; }
for options in '' --isolated; do
    export options
    drop=without_time TORSOCKS_CONF_FILE=$scratch/torsocks.conf compare "$torsocks" -- /usr/bin/python3 connect.py
    grep -q torsocks said || fail "torsocks says nothing: $(<said)"
done
