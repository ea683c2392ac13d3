#!/bin/bash
# proxychains-ng and tsocks lead curl, perl and python3 to a server through a proxy.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3 curl perl
# A SOCKS 5 proxy which knows one server: every connection gets the name or address that was asked for.
cat >proxy.py <<'END'
import socket, threading

def exactly(client, size):
    data = b""
    while len(data) < size:
        data += client.recv(size - len(data)) or exit()
    return data

def serve(client):
    exactly(client, exactly(client, 2)[1])
    client.sendall(b"\5\0")
    kind = exactly(client, 4)[3]
    asked = exactly(client, exactly(client, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(exactly(client, 4))
    exactly(client, 2)
    client.sendall(b"\5\0\0\1\0\0\0\0\0\0")
    while b"\r\n\r\n" not in client.recv(10000, socket.MSG_PEEK): pass
    client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s\n" % (len(asked) + 1, asked.encode()))
    client.recv(10000)
    client.close()

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
END
exec 3< <(exec /usr/bin/python3 proxy.py)
proxy=$!
trap 'kill "$proxy"; rm -rf "$scratch"' EXIT
read -r port <&3
printf 'strict_chain\nproxy_dns\n[ProxyList]\nsocks5 127.0.0.1 %s\n' "$port" >proxychains.conf
printf 'server = 127.0.0.1\nserver_port = %s\nserver_type = 5\n' "$port" >tsocks.conf
export PROXYCHAINS_CONF_FILE=$scratch/proxychains.conf PROXYCHAINS_QUIET_MODE=1 TSOCKS_CONF_FILE=$scratch/tsocks.conf
unset http_proxy all_proxy ALL_PROXY
proxychains=$(tool libproxychains.so.4)
tsocks=$(tool libtsocks.so)
for options in '' --isolated; do
    export options
    for each in "$proxychains" "$tsocks"; do
        compare "$each" -- curl -s http://192.0.2.7/
        [[ $(<said) == 192.0.2.7 ]] || fail "curl does not go through the proxy of $each: $(<said)"
        compare "$each" -- /usr/bin/python3 -c 'import urllib.request; print(urllib.request.urlopen("http://192.0.2.8/").read())'
        # shellcheck disable=SC2016 # perl expands it
        compare "$each" -- perl -MIO::Socket::INET -e '$server = IO::Socket::INET->new(PeerAddr => "192.0.2.9", PeerPort => 80) or die $@;
            print $server "GET / HTTP/1.0\r\n\r\n"; print <$server>'
        grep -q '^192.0.2.9$' said || fail "perl does not go through the proxy of $each: $(<said)"
    done
    compare "$proxychains" -- curl -s http://name.invalid/
    [[ $(<said) == name.invalid ]] || fail "the proxy is not asked for the name: $(<said)"
done
