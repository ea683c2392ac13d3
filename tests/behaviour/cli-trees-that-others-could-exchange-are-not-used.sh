#!/bin/bash
# A name stands for what programs load. A tree that somebody else could exchange does not count by its name, and none is made
# where somebody else could.
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME
library libthing.so.1
"$bulkhead" tree add mine --from tree -q || fail "add"

not_used() { # WHY
    refused 125 "$1" "counts by its path alone" -- "$bulkhead" symbols --tree mine libthing.so.1
    refused 125 "$1" "XDG_DATA_HOME" -- "$bulkhead" tree add other --from tree
    # Who says the path means the path.
    "$bulkhead" symbols --tree "$HOME/.local/share/bulkhead/trees/mine/tree" libthing.so.1 >/dev/null || fail "by its path"
}

for directory in .local/share/bulkhead/trees .local/share; do
    chmod g+w "$HOME/$directory"
    not_used "$directory: may be written to by others"
    chmod g-w "$HOME/$directory"
done
chmod o+w "$HOME/.local/share/bulkhead/trees/mine/tree"
refused 125 "mine/tree: may be written to by others" -- "$bulkhead" run --tree mine -e libthing.so.1 -- true
# A directory that is called the same does not take its place, by the command or by a file.
cp -a tree mine
refused 125 "mine/tree: may be written to by others" "would be ./mine" -- "$bulkhead" run --tree mine -e libthing.so.1 ./program
refused 125 "mine/tree: may be written to by others" -- "$bulkhead" symbols --tree mine libthing.so.1
refused 125 "mine/tree: may be written to by others" -- "$bulkhead" tree add other --from mine
printf '[capsule.one]\ntree = "mine"\nexpose = ["libthing.so.1"]\n' >capsules.toml
refused 125 "mine/tree: may be written to by others" -- "$bulkhead" run --config capsules.toml ./program
"$bulkhead" symbols --tree ./mine libthing.so.1 >/dev/null || fail "by its path, here"
rm -r mine
chmod o-w "$HOME/.local/share/bulkhead/trees/mine/tree"
"$bulkhead" symbols --tree mine libthing.so.1 >/dev/null || fail "it is mended"

[[ $EUID == 0 ]] || { echo "not root: nothing to say of a HOME that is somebody else's"; exit 0; }
chown 1234 "$HOME"
not_used "belongs to user 1234"
