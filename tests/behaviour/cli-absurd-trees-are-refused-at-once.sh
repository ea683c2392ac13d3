#!/bin/bash
# What a tree can ask for without end: directories to search, files to include, names, libraries. All of it ends at
# once, with the right answer or a sentence about what is absurd, and takes no memory worth mentioning.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v as >/dev/null || skip "there is no assembler"

library libleaf.so.1 <<<'int leaf(void) { return 1; }'
program user "$libs/libleaf.so.1" <<<'int leaf(void); int main(void) { return leaf() - 1; }'

# bounded WHAT TEXT COMMAND…: ends by itself within 20 seconds (2, but machines are loaded) of its own and with 100 MB
# of memory, with 0 or with 125 and a message that has TEXT.
bounded() {
    local what=$1 text=$2
    python3 - "${@:3}" >said 2>&1 <<'PYTHON' || fail "$what: $(tail -c 300 said)"
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
status = subprocess.run(sys.argv[1:], timeout=60).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"exit {status}, {used.ru_utime + used.ru_stime:.1f} s, {used.ru_maxrss // 1024} MB", flush=True)
sys.exit(status not in (0, 125) or used.ru_maxrss > 100 * 1024)
PYTHON
    grep -q '^exit 0' said || grep -qF -- "$text" said || fail "$what: $(tail -c 300 said)"
    echo "$what: $(tail -1 said)"
}
explain() { bounded "$1" "$2" "$bulkhead" explain --tree "$tree" --expose "${3:-libtop.so.1}"; }

# search paths
path_of() { python3 -c "print(':'.join('/d/%0${2}d' % i for i in range($1)))"; }
at=$host library libgone.so.1 <<<'int gone;'
library libtop.so.1 -Wl,--enable-new-dtags "-Wl,-rpath,$(path_of 12000 3)" "$host/libgone.so.1" -Wl,--no-as-needed <<<'extern int gone; int *top = &gone;'
explain "a RUNPATH of 12,000 directories" "directories to search"
library libtop.so.1 "-Wl,--disable-new-dtags" "-Wl,-rpath,$(path_of 3000 3)" "$host/libgone.so.1" -Wl,--no-as-needed <<<'extern int gone; int *top = &gone;'
explain "an RPATH of 3,000 directories" "libgone.so.1"

python3 - >long-rpath <<'PYTHON'
print("-Wl,-rpath," + ":".join("/%0300d" % i for i in range(4000)))
PYTHON
library libtop.so.1 -Wl,--disable-new-dtags @long-rpath "$host/libgone.so.1" -Wl,--no-as-needed <<<'extern int gone; int *top = &gone;'
[[ $(stat -c %s "$libs/libtop.so.1") -gt 1100000 ]] || fail "the RPATH is not as long as it should be"
explain "an RPATH of 1.2 MB" "directories to search"

# 4,000 directories, each with a file of that name for another machine
echo '.globl gone; .data; gone: .long 0' | as --32 -o gone.o --
ld -m elf_i386 -shared -o gone.so gone.o
python3 - "$tree/many" <<'PYTHON'
import os, sys
for i in range(4000):
    os.makedirs(f"{sys.argv[1]}/{i}")
    os.link("gone.so", f"{sys.argv[1]}/{i}/libgone.so.1")
PYTHON
library libtop.so.1 -Wl,--enable-new-dtags "-Wl,-rpath,$(python3 -c "print(':'.join('/many/%d' % i for i in range(4000)))")" "$host/libgone.so.1" -Wl,--no-as-needed <<<'extern int gone; int *top = &gone;'
explain "4,000 files for another machine" "libgone.so.1"
rm -r "$tree/many"

# libraries that need 4,096 others each
python3 - "$libs" <<'PYTHON'
import struct, sys
for number in range(64):
    needs = ["libn%d.so.1" % i for i in range(4096)]
    strings = b"\0" + b"".join(n.encode() + b"\0" for n in needs) + b"libn%d.so.1\0" % number
    at, offsets = 1, []
    for name in needs:
        offsets.append(at)
        at += len(name) + 1
    dynamic_at, count = 64 + 56 * 2, 4096 + 7
    symbols_at = dynamic_at + count * 16
    hash_at = symbols_at + 24
    strings_at = hash_at + 20
    size = strings_at + len(strings)
    tags = [(1, o) for o in offsets] + [(14, at), (5, strings_at), (10, len(strings)), (6, symbols_at), (11, 24), (4, hash_at), (0, 0)]
    image = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    image += struct.pack("<IIQQQQQQ", 1, 6, 0, 0, 0, size, size, 4096)
    image += struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, dynamic_at, count * 16, count * 16, 8)
    image += b"".join(struct.pack("<QQ", *tag) for tag in tags) + bytes(24) + struct.pack("<5I", 1, 1, 0, 0, 0) + strings
    open(f"{sys.argv[1]}/libn{number}.so.1", "wb").write(image)
PYTHON
explain "libraries of 4,096 needs each" "absurd number of libraries" libn0.so.1
rm "$libs"/libn[0-9]*.so.1

# names of one MiB, which 40,000 symbols share
python3 - >names.s <<'PYTHON'
print(".data")
for i in range(40000): print(f".globl s{i:05}\n.type s{i:05}, @object\n.size s{i:05}, 1\ns{i:05}: .byte 0")
print(".globl " + "l" * (1 << 20) + "\n" + "l" * (1 << 20) + ": .byte 0")
PYTHON
gcc -shared -nostdlib -o "$libs/libnames.so.1" -Wl,-soname,libnames.so.1 names.s
python3 - "$libs/libnames.so.1" <<'PYTHON'
import struct, sys
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
offset, entry, count, _ = struct.unpack_from("<Q10xHHH", data, 40)
sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * entry) for i in range(count)]
symbols = next(s for s in sections if s[1] == 11)
strings = sections[symbols[6]]
long_name = data.index(b"l" * 1000, strings[4]) - strings[4]
for place in range(symbols[4] + 24, symbols[4] + symbols[5], 24):
    struct.pack_into("<I", data, place, long_name)
open(path, "wb").write(data)
PYTHON
explain "symbols that share a long name" "absurdly long names" libnames.so.1
bounded "symbols of such a library" "absurdly long names" "$bulkhead" symbols --tree "$tree" libnames.so.1

# ld.so.conf, in a tree without a cache
mkdir -p "$tree/etc" "$tree/g"
truncate -s 8G "$tree/etc/ld.so.conf"
explain "a sparse ld.so.conf" "absurdly large" libleaf.so.1
rm "$tree/etc/ld.so.conf"
for ((i = 0; i < 20; i++)); do ln -s /g "$tree/g/link$i"; done
echo "include /g/*/*/*/*/*/*/*/*.conf" >"$tree/etc/ld.so.conf"
explain "patterns over links to themselves" "absurd number" libleaf.so.1
rm -r "$tree/etc/ld.so.conf" "$tree/g"

# a policy
python3 - >policy.toml <<'PYTHON'
print('[region.tool]\nlog = [')
for i in range(20000): print(f'  {{ call = "socket", arg0 = "== {i}" }},')
print(']')
PYTHON
bounded "a policy of 20,000 conditions" "more than" "$bulkhead" explain --seccomp policy.toml
