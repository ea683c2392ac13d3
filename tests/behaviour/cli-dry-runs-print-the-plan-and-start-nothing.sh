#!/bin/bash
# --dry-run of run and preload prints what explain prints, and starts nothing; explain --preload tells what a preloaded tool's
# capsule is made of.
. "${0%/*}/lib.sh"
library libprivate.so.1 <<<'int hidden(void) { return 5; }'
library libthing.so.1 "$libs/libprivate.so.1" <<<'int hidden(void); int thing(void) { return hidden(); }'
program user "$libs/libthing.so.1" <<<'#include <stdio.h>
int thing(void); int main(void) { fclose(fopen("started", "w")); return thing(); }'
at=$host library libneed.so.1 <<<'int need(void) { return 2; }'
at=$host library libtool.so "$host/libneed.so.1" "-Wl,-rpath,$host" <<<'int need(void); int abs(int x) { return need() + x; }'

rows() { grep -E "^(lib|/)[^ ]* +(private|shared|exposed) " "$1" || true; }
"$bulkhead" explain -t "$tree" -e libthing.so.1 -- ./user >explained.txt
"$bulkhead" run -n -t "$tree" -e libthing.so.1 -- ./user >dry.txt || fail "run -n: $?"
cmp -s explained.txt dry.txt || fail "run --dry-run: $(<dry.txt)"
[[ $(rows dry.txt) == *libthing.so.1*exposed*libprivate.so.1*private* && ! -e started && ! -e home/.cache ]] || fail "$(<dry.txt); $(ls -R)"

"$bulkhead" explain --preload "$host/libtool.so" -- ./user >explained.txt || fail "explain --preload: $?"
"$bulkhead" preload --dry-run "$host/libtool.so" -- ./user >dry.txt || fail "preload --dry-run: $?"
cmp -s explained.txt dry.txt || fail "preload --dry-run: $(<dry.txt)"
[[ $(<dry.txt) == "tool $host/libtool.so"* && ! -e started && ! -e home/.cache ]] || fail "$(<dry.txt)"
grep -q "libtool.so *exposed .*the tool to be preloaded" dry.txt || fail "$(<dry.txt)"
grep -q "^libneed.so.1 *private" dry.txt || fail "$(<dry.txt)"
"$bulkhead" explain --preload "$host/libtool.so" --isolated --json -- ./user >dry.json
python3 - <<'END' || fail "$(<dry.json)"
import json
tool, = json.load(open("dry.json"))["tools"]
assert tool["isolated"] and {each["name"]: each["role"] for each in tool["libraries"]}["libneed.so.1"] == "private"
END

# What cannot be carried out is told with the status of the real run.
mv "$libs/libprivate.so.1" "$host/libneed.so.1" .
status=0
"$bulkhead" run --dry-run -t "$tree" -e libthing.so.1 -- ./user >dry.txt || status=$?
[[ $status == 125 ]] && grep -q 'libprivate.so.1 is needed by' dry.txt || fail "$status: $(<dry.txt)"
refuses 'libneed.so.1 is needed by' -- "$bulkhead" preload --dry-run "$host/libtool.so" -- ./user
refuses '--preload: explains what bulkhead preload would do' -- "$bulkhead" explain --preload "$host/libtool.so" -e libz.so.1 -- ./user
refuses '--preload: what a tool does depends on the program' -- "$bulkhead" explain --preload "$host/libtool.so"
refuses '--isolated: is for tools' -- "$bulkhead" explain --isolated -t "$tree" -e libthing.so.1
refuses 'no program to run' -- "$bulkhead" run --dry-run -t "$tree" -e libthing.so.1
[[ ! -e started ]] || fail "the program was started"
