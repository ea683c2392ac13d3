#!/bin/bash
# On a terminal one line shows how far a tree is, and is gone at the end; elsewhere, and on a terminal that moves no cursor, each step is a line.
. "${0%/*}/images.bash"

cat >on_terminal.py <<'END'
import os, pty, sys
status = 0
def read(descriptor):
    data = os.read(descriptor, 65536)
    with open(sys.argv[1], "ab") as file:
        file.write(data)
    return data
status = pty.spawn(sys.argv[2:], read, lambda descriptor: b"")
sys.exit(os.waitstatus_to_exitcode(status))
END
on_terminal() { # COMMAND…: what a terminal gets is in shown.txt
    rm -f shown.txt
    python3 on_terminal.py shown.txt "$@" >/dev/null </dev/null || fail "$* ended with $?: $(<shown.txt)"
}
pictures() { # PATTERN: how often it was drawn over what was there
    python3 -c 'import re, sys; print(len(re.findall(sys.argv[1].encode(), open("shown.txt", "rb").read())))' '\r\x1b\[K'"$1"
}

# More than is unpacked between two reports.
head -c 60000000 /dev/urandom >>"$LIBRARY"
"$images" oci-directory image
TERM=xterm on_terminal "$bulkhead" tree add mine --image image
[[ $(pictures 'mine: [^\r\n]*: \[=* *\] +\d+ %') -gt 0 ]] || fail "no bar was drawn: $(cat -A shown.txt)"
# What stands below the command's prompt in the end are whole lines.
python3 - <<'END' || fail "something is left of the bar: $(cat -A shown.txt)"
import re
for line in open("shown.txt", newline="").read().split("\r\n"):
    seen = line.split("\r\x1b[K")[-1]
    assert not re.search(r"%|\[=", seen), seen
END

TERM=xterm on_terminal "$bulkhead" tree add copied --from tree
[[ $(pictures 'copied: copying [^\r\n]*') -gt 0 ]] || fail "not what is copied: $(cat -A shown.txt)"

TERM=dumb on_terminal "$bulkhead" tree add plain --image image
[[ $(pictures '') == 0 ]] || fail "drawn on a terminal that moves no cursor: $(cat -A shown.txt)"
"$bulkhead" tree add lines --image image 2>said.txt || fail "add ended with $?: $(<said.txt)"
! grep -q $'[\r\033]' said.txt || fail "drawn into a file: $(cat -A said.txt)"
[[ $(sed 's/\r$//; s/plain/NAME/g' shown.txt) == *"$(sed 's/lines/NAME/g' said.txt)"* ]] || fail "the lines differ: $(<shown.txt) $(<said.txt)"
TERM=xterm on_terminal "$bulkhead" tree update mine
