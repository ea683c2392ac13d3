#!/bin/bash
# nss_wrapper has users and hosts of its own for getent, id, perl and python3; socket_wrapper leads python3's TCP over
# sockets in a directory; uid_wrapper lets each of its threads be another user.
. "$(dirname "$0")/lib.bash"
need /usr/bin/python3 perl getent
nss=$(tool libnss_wrapper.so)
socket=$(tool libsocket_wrapper.so)
uid=$(tool libuid_wrapper.so)
echo 'alice:x:4242:4242:Alice:/home/alice:/bin/sh' >passwd
echo 'makers:x:4242:alice' >group
echo '192.0.2.3 host.invalid' >hosts
mkdir sockets
export NSS_WRAPPER_PASSWD=$scratch/passwd NSS_WRAPPER_GROUP=$scratch/group NSS_WRAPPER_HOSTS=$scratch/hosts
export SOCKET_WRAPPER_DIR=$scratch/sockets SOCKET_WRAPPER_DEFAULT_IFACE=10
for options in '' --isolated; do
    export options
    compare "$nss" -- bash -c 'getent passwd; getent group makers; id alice; perl -e "print join(q( ), getpwnam(q(alice))), qq(\n)"
        /usr/bin/python3 -c "import pwd, socket; print(pwd.getpwuid(4242), socket.gethostbyname(\"host.invalid\"))"
        echo ~alice'
    grep -q ") 192.0.2.3$" said || fail "python3 does not know the host: $(<said)"
    grep -q "^uid=4242(alice) gid=4242(makers)" said || fail "id does not know alice: $(<said)"
done

for options in '' --isolated; do
    export options
    compare "$socket" "$nss" -- /usr/bin/python3 -c '
import os, select, socket, threading
server = socket.socket()
server.bind(("127.0.0.10", 80))
server.listen()
def answer():
    client, address = server.accept()
    client.sendall(client.recv(100) * 2)
    client.close()
thread = threading.Thread(target=answer)
thread.start()
client = socket.create_connection(("127.0.0.10", 80))
client.sendall(b"hey")
select.select([client], [], [])
print(client.recv(100), client.getpeername(), os.path.exists("sockets/T0A0050"))
thread.join()
server.close()
os.remove("sockets/T0A0050")'
    [[ $(<said) == "b'heyhey' ('127.0.0.10', 80) True" ]] || fail "python3 says $(<said)"

    UID_WRAPPER=1 UID_WRAPPER_ROOT=1 compare "$uid" -- /usr/bin/python3 -c '
import os, threading
os.setresuid(1000, 1000, 0)
seen = []
thread = threading.Thread(target=lambda: seen.append(os.geteuid()))
thread.start()
thread.join()
print(os.getuid(), seen)'
    [[ $(<said) == "1000 [1000]" ]] || fail "python3 says $(<said)"
done
