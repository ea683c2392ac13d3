#!/bin/bash
# bulkhead alone says how to begin; help, --help and -h fit a screen, begin with examples and name what tells all.
. "${0%/*}/lib.sh"

status=0
"$bulkhead" >out.txt 2>said.txt || status=$?
[[ $status == 125 && ! -s out.txt ]] || fail "bulkhead alone: $status $(<out.txt)"
(($(wc -l <said.txt) <= 10)) && grep -q 'bulkhead run glxgears' said.txt || fail "bulkhead alone says: $(<said.txt)"

"$bulkhead" --help >help.txt
(($(wc -l <help.txt) <= 24)) || fail "longer than a screen: $(<help.txt)"
cmp <("$bulkhead" -h) help.txt
"$bulkhead" help >long.txt
grep -q '^  doctor ' long.txt || fail "help lists no commands"
for command in run preload explain shim capture symbols profiles tree doctor; do
    grep -q "^  $command " help.txt || fail "--help does not list $command"
    "$bulkhead" "$command" --help >short.txt
    (($(wc -l <short.txt) <= 26)) || fail "longer than a screen: $(<short.txt)"
    "$bulkhead" help "$command" >long.txt
    [[ $(grep -n '^Examples:' short.txt | cut -d: -f1) -le 6 ]] || fail "$command --help does not begin with examples"
    [[ $(tail -1 short.txt) == *"bulkhead help $command"* ]] || fail "$command --help does not say what tells all"
    (($(wc -l <long.txt) > $(wc -l <short.txt))) || fail "help $command tells no more"
done
"$bulkhead" help run >long.txt
grep -q '^Exit status:' long.txt || fail "help run tells no exit status"
grep -q -- '--no-cache' long.txt || fail "help run leaves out options"
[[ $("$bulkhead" version) == "$("$bulkhead" --version)" && $("$bulkhead" -V) == bulkhead\ [0-9]* ]] || fail "version"
refuses 'no such command; did you mean shim' -- "$bulkhead" help shm
