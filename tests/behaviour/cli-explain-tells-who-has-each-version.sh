#!/bin/bash
# bulkhead explain: which versions of glibc the capsule needs, and whether this system or
# compat has them; each symbol with its kind, if asked for or as JSON.
. "$(dirname "$0")/cli.bash"
# A libc.so.6 to link against that has umaxabs, as glibc 2.43 does.
mkdir newer
echo 'GLIBC_2.2.5 { global: getenv; }; GLIBC_2.43 { global: umaxabs; };' >newer/map
cc -shared -fPIC -nostdlib -x c - -x none -Wl,-soname,libc.so.6 -Wl,--version-script=newer/map -o newer/libc.so.6 \
    <<<'unsigned long umaxabs(long i) { return i; } char *getenv(const char *name) { return 0; }'
glibc_is_at_least 2.43 && skip "this system's glibc is as new as compat"
library libthing.so.1 'unsigned long umaxabs(long); char *getenv(const char *);
    unsigned long thing(void) { return umaxabs(-42) + !getenv("HOME"); }' -nostdlib newer/libc.so.6

explain() { "$bulkhead" explain --tree tree --expose libthing.so.1 "$@"; }
explain >said || fail "explain finds fault: $(<said)"
grep -qE '^  1 of them: this system.s$' said || fail "no summary of this system's in: $(<said)"
grep -qF '  GLIBC_2.43 libc.so.6  compat: 1 symbol (1 reimplemented)  (libthing.so.1)' said || fail "no summary of compat's in: $(<said)"
grep -q umaxabs said && fail "the summary names symbols"
explain -v >said
grep -qE '^    umaxabs +reimplemented' said || fail "no symbol in: $(<said)"
grep -qE '^  GLIBC_2\.2\.5 libc\.so\.6 +this system' said || fail "no version of this system's in: $(<said)"
explain --json | python3 -c '
import json, sys
versions = {each["version"]: each for each in json.load(sys.stdin)["versions"]}
assert versions["GLIBC_2.2.5"]["from"] == "base", versions
assert versions["GLIBC_2.43"]["from"] == "compat", versions
symbol, = versions["GLIBC_2.43"]["symbols"]
assert (symbol["name"], symbol["kind"], symbol["needed_by"]) == ("umaxabs", "reimplemented", "libthing.so.1"), symbol'
