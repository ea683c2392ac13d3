#!/bin/bash
# bulkhead symbols: kind, size, name and version; as JSON too.
. "$(dirname "$0")/cli.bash"
echo 'V1 { global: both; local: *; }; V2 { global: both; value; table; };' >map
library libthing.so.1 '__asm__(".symver both_1,both@V1\n.symver both_2,both@@V2");
void both_1(void) {} void both_2(void) {} int value = 1; __thread char table[12];' -Wl,--version-script=map
"$bulkhead" symbols --tree tree libthing.so.1 >said
cat said
for line in '^function +[0-9]+ +both@V1$' '^function +[0-9]+ +both@@V2$'; do
    grep -qE "$line" said || fail "no line $line"
done
for line in '^data +4 +value@@V2$' '^tls +12 +table@@V2$'; do
    grep -qE "$line" said || fail "no line $line"
done
"$bulkhead" symbols --tree tree --json libthing.so.1 | python3 -c '
import json, sys
symbols = json.load(sys.stdin)["symbols"]
assert sorted((s["name"], s["version"], s["default"]) for s in symbols) == [
    ("both", "V1", False), ("both", "V2", True), ("table", "V2", True), ("value", "V2", True)], symbols'
refused 125 libthing.so.3 "the tree has libthing.so.1" -- "$bulkhead" symbols --tree tree libthing.so.3
