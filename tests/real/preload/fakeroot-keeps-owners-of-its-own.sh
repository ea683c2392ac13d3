#!/bin/bash
# tar, install and python3 see the owners and devices that fakeroot remembers for them; the files stay as they are.
. "$(dirname "$0")/lib.bash"
need faked-sysv /usr/bin/python3
fakeroot=$(tool libfakeroot-sysv.so)
IFS=: read -r FAKEROOTKEY faked < <(faked-sysv)
trap 'kill "$faked"; rm -rf "$scratch"' EXIT
export FAKEROOTKEY
cat >work <<'END'
rm -rf files
mkdir files
cd files
echo text >owned
chown 12:34 owned
chmod 4755 owned
install -m 600 -o 5 -g 6 owned copy
mknod null c 1 3
stat -c '%u:%g %a %F %n' ./*
tar cf - . | tar tvf - | cut -c 1-20 | sort
/usr/bin/python3 -c 'import os; os.chown("copy", 7, 8); print(os.stat("copy").st_uid, os.stat("null").st_rdev)'
END
for options in '' --isolated; do
    export options
    compare "$fakeroot" -- bash work
    grep -q '^12:34 4755 regular file ./owned$' said || fail "the owner is not remembered: $(<said)"
    grep -q '^7 259$' said || fail "python3 says something else: $(<said)"
    [[ -f files/null ]] || fail "there is a device"
done
