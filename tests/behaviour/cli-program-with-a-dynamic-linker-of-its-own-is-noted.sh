#!/bin/bash
# A program whose PT_INTERP is another dynamic linker: the plan is made with what that one finds, and says so.
. "$(dirname "$0")/cli.bash"
mkdir own
linker=$(readlink -f "$(readelf -l program | sed -n 's/.*interpreter: \(.*\)\]/\1/p')")
libc=$(ldd ./program | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')
cp "$linker" own/ld.so
cp "$libc" own/
cc -x c - -o with-own "-Wl,--dynamic-linker=$PWD/own/ld.so" <<<'int main(void) { return 0; }'
explain() { "$bulkhead" explain --tree tree --expose libthing.so.1 -- "$@" >said || fail "explain finds fault: $(<said)"; }
explain ./program
grep -q 'started by' said && fail "it notes this system's own"
# A copy has this system's directories, not the one that it lies in.
explain ./with-own
grep -qF "is started by $PWD/own/ld.so, which is not this system's dynamic linker: libraries of this system are those that it finds, in /etc/ld.so.cache and in /" said || fail "no note in: $(<said)"
grep -qE "^libc.so.6 +shared +$libc " said || fail "another libc.so.6 in: $(<said)"

# One with other directories, and no cache. (Names of the same length.)
mkdir -p /tmp/bh
other=$(mktemp -d /tmp/bh/libXXXXXXXXXX)
trap 'rm -rf "$scratch" "$other"; rmdir /tmp/bh 2>/dev/null' EXIT
python3 - "$linker" own/ld.so "$other" <<'END'
import sys
old, new, other = sys.argv[1:]
bytes = open(old, "rb").read()
first = b"/lib/x86_64-linux-gnu/\0"
assert len(other) + 2 == len(first), other
bytes = bytes.replace(b"\0" + first, b"\0" + other.encode() + b"/\0").replace(b"/etc/ld.so.cache\0", b"/etc/no.so.cache\0")
open(new, "wb").write(bytes)
END
cp "$libc" "$other"
explain ./with-own
grep -qE "^libc.so.6 +shared +$other/libc.so.6 " said || fail "another libc.so.6 in: $(<said)"
# What it does itself.
[[ $("$PWD/own/ld.so" --list ./with-own) == *"libc.so.6 => $other/libc.so.6 "* ]] || fail "the dynamic linker itself finds another: $("$PWD/own/ld.so" --list ./with-own)"

# One of which it is not known where it searches.
strip_directories() { python3 -c 'import sys; b = open(sys.argv[1], "rb").read(); open(sys.argv[1], "wb").write(b.replace(b"/lib/", b"/bil/").replace(b"/usr/lib/", b"/usr/bil/"))' own/ld.so; }
strip_directories
sed -i "s#$other#${other//lib/bil}#g" own/ld.so
explain ./with-own
grep -qF "where it searches is not known, and the plan is made with the glibc beside it" said || fail "no note in: $(<said)"
grep -qE "^libc.so.6 +shared +$PWD/own/libc.so.6 " said || fail "another libc.so.6 in: $(<said)"
