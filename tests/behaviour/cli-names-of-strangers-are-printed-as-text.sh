#!/bin/bash
# Names of symbols, libraries and directories may hold anything: what a terminal takes for commands, and newlines
# behind which a line could be one of ours. They are printed as text, by the command and in the program.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"

# In a file, marks of the same length become ESC [ m, a newline, a C1 control character and one that turns the
# direction of writing.
make_hostile() { # FILE
    python3 - "$1" <<'PYTHON'
import sys
data = open(sys.argv[1], "rb").read()
for mark, bytes_ in ((b"ESC", b"\x1b[m"), (b"NL", b"\n "), (b"C1", b"\xc2\x9b"), (b"RLO", b"\xe2\x80\xae")):
    data = data.replace(mark, bytes_)
open(sys.argv[1], "wb").write(data)
PYTHON
}

printable() { # FILE WHAT
    [[ -s $1 ]] || fail "$2: nothing was printed"
    python3 - "$1" <<'PYTHON' || fail "$2 prints names as they are: $(cat -v "$1")"
import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode()
sys.exit(any(c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text))
PYTHON
    ! grep -q '^ *forged' "$1" || fail "$2 prints a forged line: $(cat -v "$1")"
}

mkdir -p "$libs/dirESC"
library libdepNLforged.so.1 <<<'int dep(void) { return 3; }'
library libthing.so.1 "$libs/libdepNLforged.so.1" <<'C'
int dep(void);
int thing(void) { return dep(); }
__asm__(".globl aESCbNLforgedC1RLO\n.set aESCbNLforgedC1RLO, thing\n.type aESCbNLforgedC1RLO, @function");
C
program user "$libs/libthing.so.1" <<<'int thing(void); int main(void) { return thing() - 3; }'
mv "$libs/libdepNLforged.so.1" "$libs/"$'libdep\n forged.so.1'
for file in "$libs"/*.so.1; do make_hostile "$file"; done

"$bulkhead" symbols --tree "$tree" libthing.so.1 >symbols || fail "symbols failed"
printable symbols symbols
grep -q '\\x1b' symbols || fail "symbols does not show what was escaped: $(cat -v symbols)"

"$bulkhead" explain --tree "$tree" --expose libthing.so.1 -- ./user >explained 2>&1 || true
printable explained explain
BULKHEAD_DEBUG=all run libthing.so.1 -- ./user 2>debug || fail "the program failed: $(cat -v debug)"
printable debug "the runtime"

# A library that is missing, named by the command, by doctor, and by the runtime.
"$bulkhead" shim --tree "$tree" --expose libthing.so.1 -o shims
rm "$libs/"$'libdep\n forged.so.1'
run libthing.so.1 -- ./user 2>refused && fail "the library is not missed"
printable refused run
! grep -vq '^bulkhead: ' refused || fail "run has lines without its name: $(cat -v refused)"
LD_LIBRARY_PATH=shims ./user 2>ended && fail "the library is not missed by the runtime"
printable ended "the runtime's last word"
[[ $(wc -l <ended) == 1 ]] || fail "the last word has more lines than one: $(cat -v ended)"
"$bulkhead" doctor --tree "$tree" --all >diagnosis 2>&1 || true
printable diagnosis doctor

# What the user says is repeated.
"$bulkhead" explain --tree "$tree/"$'\e[m\nforged' --expose libthing.so.1 2>said && fail "there is no such tree"
printable said "a mistake's message"
