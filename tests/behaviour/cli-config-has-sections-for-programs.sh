#!/bin/bash
# In a file for --config, sections for programs say which capsules a program gets, what is added to them, and what is
# to happen if one cannot be opened. What the command line says comes last.
. "$(dirname "$0")/cli.bash"
library libother.so.1
mkdir -p second/usr/lib && cp tree/usr/lib/libthing.so.1 second/usr/lib
cp program starter && mkdir bin && cp program bin/tool && ln -s bin/tool tool-link
cat >capsule.toml <<'END'
[capsule.main]
tree = "tree"
expose = "libthing.so.1"

[program."start*"]
capsule.main = { expose = ["libother.so.1"], tree = "second" }

[program."*/bin/tool"]
capsules = ["more"]
inherit = false
on-failure = "native"
capsule.more = { tree = "second", expose = ["libthing.so.1"] }

[program.sh]
capsules = []
END
plan() { "$bulkhead" explain --config capsule.toml --json "$@"; }
expect() { # EXPRESSION of a list of capsules; COMMAND…
    "${@:2}" | python3 -c "
import json, sys
capsules = json.load(sys.stdin)['capsules']
exposed = [[l['name'] for l in c['libraries'] if l['role'] == 'exposed'] for c in capsules]
assert $1, capsules" || fail "not so, for ${*:2}: $1"
}
expect "exposed == [['libthing.so.1']] and capsules[0]['inherit']" plan -- ./program
expect "exposed == [['libthing.so.1']]" plan
for way in bin/tool ./tool-link "$PWD/bin/tool"; do
    expect "capsules[0]['capsule'] == 'more' and not capsules[0]['inherit'] and capsules[0]['on_failure'] == 'native'" \
        plan -- "$way"
done
expect "capsules == []" plan -- sh
refused 125 "capsule.toml:6:28: libother.so.1: is not in the tree $PWD/second" -- plan -- ./starter
library libother.so.1 && cp tree/usr/lib/libother.so.1 second/usr/lib
expect "exposed[0] == ['libthing.so.1', 'libother.so.1'] and capsules[0]['tree'].endswith('second')" plan -- ./starter

# The command line.
expect "capsules[0]['tree'].endswith('/tree') and exposed[0] == ['libthing.so.1', 'libother.so.1']" \
    plan --tree tree -- ./starter
expect "exposed == [['libthing.so.1', 'libother.so.1']]" plan --expose libother.so.1 -- ./program
expect "capsules[0]['inherit'] and capsules[0]['on_failure'] == 'stop'" plan --inherit --on-failure stop -- bin/tool
refused 125 "capsule.toml:3:10: libthing.so.1: is given both" -- plan --private libthing.so.1 -- ./program
refused 125 "there is no capsule \"mian\" in it for this program" "did you mean main?" -- plan --capsule mian -- ./program
refused 125 "--capsule: names a capsule of a file" -- run --capsule main ./program
refused 125 "change one capsule" "has 0 for this program" -- plan --expose libother.so.1 -- sh

# What runs, and what does not.
environment=$("$bulkhead" run --config capsule.toml -- env)
[[ $environment == *LD_LIBRARY_PATH=*bulkhead/v1* ]] || fail "env got no shims"
environment=$("$bulkhead" run --config capsule.toml -- sh -c env)
[[ $environment != *LD_LIBRARY_PATH* ]] || fail "sh got shims"
"$bulkhead" run --config capsule.toml -- ./program
# The file's own change counts at once, also where shims are kept.
said=$("$bulkhead" run -v --config capsule.toml -- ./program 2>&1)
[[ $said == *"from the cache"* ]] || fail "made anew: $said"
sed -i '3s/.*/expose = ["libthing.so.1", "libother.so.1"]/' capsule.toml
said=$("$bulkhead" run -v --config capsule.toml -- ./program 2>&1)
[[ $said == *"shims made"* ]] || fail "the old ones: $said"
