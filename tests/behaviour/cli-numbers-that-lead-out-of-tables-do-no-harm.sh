#!/bin/bash
# A program's relocation that names a symbol which is not there, and tools' symbols whose names are not in their
# string table: such a number is an index into nothing.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

# damage FILE KIND: the symbols of COPY relocations, or the names of all exported symbols.
damage() {
    python3 - "$1" "$2" <<'PYTHON'
import struct, sys
path, kind = sys.argv[1:]
data = bytearray(open(path, "rb").read())
offset, entry, count, names = struct.unpack_from("<Q10xHHH", data, 40)
sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * entry) for i in range(count)]
damaged = 0
for _, type_, _, _, at, size, *_ in sections:
    for place in range(at, at + size, 24):
        if kind == "copies" and type_ == 4 and data[place + 8] == 5:  # SHT_RELA, R_X86_64_COPY
            struct.pack_into("<I", data, place + 12, 0x7fffffff)
        elif kind == "names" and type_ == 11 and struct.unpack_from("<H", data, place + 6)[0]:  # SHT_DYNSYM, defined
            struct.pack_into("<I", data, place, 0xfffffff0)
        else:
            continue
        damaged += 1
open(path, "wb").write(data)
sys.exit(damaged == 0)
PYTHON
}

library libdata.so.1 <<<'int data[4] = {1, 2, 3, 4}; int number(void) { return data[1]; }'
program copies "$libs/libdata.so.1" -no-pie -fno-pie <<'C'
extern int data[4];
int main(void) { return data[0]; }
C
damage copies copies || fail "the program has no copy relocation"
"$bulkhead" explain --tree "$tree" --expose libdata.so.1 -- ./copies >explained 2>&1 ||
    fail "explain ended with $?: $(<explained)"
grep -q 'libdata.so.1' explained || fail "explain does not list the library: $(<explained)"

program victim <<<'int main(void) { return 0; }'
at=$host library tool.so <<'C'
void *malloc(unsigned long size) { return 0; }
void free(void *memory) {}
__attribute__((weak)) int weak = 1;
C
damage "$host/tool.so" names || fail "the tool exports nothing"
# ld.so itself cannot load it: that the interposer is made is what can be had.
"$bulkhead" preload "$host/tool.so" -- ./victim >said 2>&1 || true
[[ -n $(find "$XDG_CACHE_HOME" -name tool.so) ]] || fail "no interposer was made: $(<said)"
