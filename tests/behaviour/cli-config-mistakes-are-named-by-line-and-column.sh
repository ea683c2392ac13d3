#!/bin/bash
# What is wrong in a file for --config is said with its line and column, and with what was probably meant.
. "$(dirname "$0")/cli.bash"
file() { printf '%s\n' "$@" >capsule.toml; }
mistaken() { # TEXT…
    refused 125 "$@" -- "$bulkhead" run --config capsule.toml -- ./program
}
file '[capsule.x]' 'tree = "tree"' 'exposes = ["libthing.so.1"]'
mistaken 'capsule.toml:3:1: "exposes" is not a key of a capsule' 'did you mean "expose"?'
file '[capsule.x]' 'tree = "tree"' 'expose = 3'
mistaken 'capsule.toml:3:10: expose is a number; it must be a string'
file '[capsule.x]' 'expose = "libthing.so.1"'
mistaken 'capsule.toml:1:10: the capsule x has no tree'
file '[capsule.x]' 'tree = "tree' 'expose = "libthing.so.1"'
mistaken 'capsule.toml:2:'
file '[capsule.x]' '  tree = "treee"' 'expose = "libthing.so.1"'
mistaken "capsule.toml:2:10: $PWD/treee: there is no such tree; there is $PWD/tree"
file '[capsule.x]' 'tree = "tree"' 'expose = ["libthing.so.1",' '  "libthing.so.2"]'
mistaken "capsule.toml:4:3: libthing.so.2: is not in the tree" "the tree has libthing.so.1"
file '[capsule.x]' 'tree = "tree"' 'expose = ["libthing.so.1"]' 'private = ["libthing.so.1"]'
mistaken "capsule.toml:4:12: libthing.so.1 is in private, and in expose at capsule.toml:3:11"
file '[capsule.x]' 'tree = "tree"' 'expose = ["libc.so.6"]'
mistaken "capsule.toml:3:11: libc.so.6: cannot be given to --expose"
rm capsule.toml
mistaken "capsule.toml: cannot be read: No such file or directory"
# A file that is wrong is no capsule that cannot be opened.
file '[capsule.x]' 'trees = "tree"'
refused 125 "capsule.toml:2:1:" -- "$bulkhead" run --on-failure native --config capsule.toml -- ./program
for command in explain "shim -o shims"; do
    # shellcheck disable=SC2086 # a command and its options
    refused 125 "capsule.toml:2:1:" -- "$bulkhead" $command --config capsule.toml
done
refused 125 "--tree is required" "--config" -- "$bulkhead" shim --expose libthing.so.1 -o shims
