#!/bin/bash
# A directory is copied into a tree with a name, and the name means that tree wherever a tree can be said. It is listed,
# renewed and removed by its name.
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME BULKHEAD_TREE
shelf=$HOME/.local/share/bulkhead/trees

library libthing.so.1
library libtool.so.1 'int tool(void) { return 1; }'
cc -x c - -x none -o program tree/usr/lib/libthing.so.1 <<<'int libthing_answer(void); int main(void) { return libthing_answer() != 42; }'
# What a system has besides: links in and out, names of one file, what nobody may read, what runs as somebody else.
mkdir -p tree/etc tree/lib64 tree/secret
ln -s /usr/lib/libthing.so.1 tree/lib64/libabsolute.so.1
ln -s ../../../outside tree/etc/out
ln tree/usr/lib/libtool.so.1 tree/usr/lib/libsame.so.1
mkfifo tree/etc/fifo
echo text >tree/etc/set-uid
chmod 6777 tree/etc/set-uid

"$bulkhead" tree 2>said.txt || fail "an empty list: $(<said.txt)"
grep -q 'no tree with a name.*help tree' said.txt || fail "$(<said.txt)"
"$bulkhead" tree add mine --from tree >out.txt 2>said.txt || fail "add: $(<said.txt)"
[[ ! -s out.txt ]] || fail "add prints: $(<out.txt)"
grep -q 'mine: made: .* in .* files' said.txt || fail "$(<said.txt)"
grep -q 'devices, sockets and pipes are left out: 1' said.txt || fail "$(<said.txt)"
made=$shelf/mine/tree
[[ $("$bulkhead" tree path mine) == "$made" ]] || fail "path: $("$bulkhead" tree path mine)"
[[ $(readlink "$made/lib64/libabsolute.so.1") == /usr/lib/libthing.so.1 && $(readlink "$made/etc/out") == ../../../outside ]] ||
    fail "links are not what they were"
[[ $made/usr/lib/libtool.so.1 -ef $made/usr/lib/libsame.so.1 ]] || fail "one file became two"
[[ ! -e $made/etc/fifo ]] || fail "there is a pipe in the tree"
[[ $(stat -c %a "$made/etc/set-uid") == 755 ]] || fail "$(stat -c %a "$made/etc/set-uid") of what ran as somebody else"
[[ $(stat -c %a "$shelf") == 700 ]] || fail "the trees' directory has $(stat -c %a "$shelf")"

# The name, wherever a tree is said.
for word in run explain; do
    "$bulkhead" "$word" --tree mine --expose libthing.so.1 -- ./program >out.txt 2>said.txt || fail "$word: $(<said.txt)"
done
grep -q "$made" out.txt || grep -q "TREE/usr/lib/libthing.so.1" out.txt || fail "explain: $(<out.txt)"
BULKHEAD_TREE=mine "$bulkhead" run --expose libthing.so.1 -- ./program 2>said.txt || fail "BULKHEAD_TREE: $(<said.txt)"
"$bulkhead" shim -t mine -e libthing.so.1 -o shims && LD_LIBRARY_PATH=shims ./program || fail "shim"
"$bulkhead" capture -t mine -e libthing.so.1 -o captured >/dev/null || fail "capture"
"$bulkhead" symbols --tree mine libthing.so.1 | grep libthing_answer >/dev/null || fail "symbols"
"$bulkhead" symbols --tree mine libabsolute.so.1 | grep libthing_answer >/dev/null || fail "a link from the root leads out of the tree"
"$bulkhead" preload --tree mine libtool.so.1 -- true || fail "preload"
"$bulkhead" doctor --tree mine | grep "$made" >/dev/null || fail "doctor: $("$bulkhead" doctor --tree mine)"
printf '[capsule.one]\ntree = "mine"\nexpose = ["libthing.so.1"]\n' >capsule.toml
"$bulkhead" run -c capsule.toml -- ./program 2>said.txt || fail "in a file: $(<said.txt)"
[[ ! -s said.txt ]] || fail "in a file: $(<said.txt)"

# A directory of the same name: the tree wins, and it is said.
mkdir mine
for options in "--tree mine --expose libthing.so.1" "-c capsule.toml"; do
    # shellcheck disable=SC2086 # words
    "$bulkhead" run $options -- ./program 2>said.txt || fail "beside a directory: $(<said.txt)"
    grep -q 'the tree is the one named mine; the directory of that name would be ./mine' said.txt || fail "$(<said.txt)"
done
refused 125 libthing -- "$bulkhead" run --tree ./mine --expose libthing.so.1 -- ./program
rmdir mine

# A directory is one still; a word that is neither is told, with what there is.
"$bulkhead" run --tree tree --expose libthing.so.1 -- ./program || fail "a directory"
refused 125 mien "did you mean mine?" -- "$bulkhead" run --tree mien --expose libthing.so.1 -- ./program
refused 125 nothing-like-it "there are: mine" "bulkhead tree add" -- "$bulkhead" symbols --tree nothing-like-it libz.so.1
refused 125 nothing-like-it "there are: mine" -- env BULKHEAD_TREE=nothing-like-it "$bulkhead" run -e libthing.so.1 -- ./program
refused 125 nothing-like-it "there are: mine" -- "$bulkhead" capture -t nothing-like-it -e libthing.so.1 -o nothing
sed -i s/mine/nowhere/ capsule.toml
refused 125 capsule.toml:2 "/nowhere: there is no such tree" "there are: mine" -- "$bulkhead" run -c capsule.toml -- ./program
status=0
LD_LIBRARY_PATH=tree/usr/lib "$bulkhead" run --tree nowhere --on-failure native -e libthing.so.1 -- ./program 2>said.txt || status=$?
[[ $status == 0 ]] && grep -q "own libraries: nowhere: there is no such tree" said.txt || fail "--on-failure native: $status $(<said.txt)"

# The list; again from the same; what a running program has mapped stays its own.
"$bulkhead" tree list | grep -E "^mine +[0-9.]+ [kM]B +20..-..-.. +directory $PWD/tree$" >/dev/null || fail "list: $("$bulkhead" tree list)"
"$bulkhead" tree list --json | python3 -c 'import json, sys; (tree,) = json.load(sys.stdin); assert tree["source"]["kind"] == "directory", tree' ||
    fail "list --json"
library libthing.so.1 'int libthing_answer(void) { return 43; }'
"$bulkhead" tree update mine -q 2>said.txt || fail "update: $(<said.txt)"
[[ ! -s said.txt ]] || fail "--quiet says: $(<said.txt)"
! "$bulkhead" run -t mine -e libthing.so.1 ./program || fail "the tree is the old one"
mv tree elsewhere
refused 125 "$PWD/tree" -- "$bulkhead" tree update mine
! "$bulkhead" run -t mine -e libthing.so.1 ./program || fail "the tree is gone"

refused 125 "mine: there is a tree of that name" update remove -- "$bulkhead" tree add mine --from elsewhere
refused 125 "cannot be a tree's name" -- "$bulkhead" tree add ../up --from elsewhere
refused 125 "cannot be a tree's name" -- "$bulkhead" tree add .hidden --from elsewhere
refused 125 "one of these" -- "$bulkhead" tree add other
refused 125 "one of these" -- "$bulkhead" tree add other --from elsewhere --image file
refused 125 "no such action; did you mean list?" -- "$bulkhead" tree lsit
refused 125 "name the tree" -- "$bulkhead" tree remove
refused 125 "did you mean mine?" -- "$bulkhead" tree remove mime
refused 125 "that is for bulkhead tree add" -- "$bulkhead" tree update mine --from elsewhere
refused 125 "--profile gll: there is no profile" 'did you mean "gl"' -- "$bulkhead" tree add other --profile gll
refused 125 "nowhere: No such file" -- "$bulkhead" tree add other --from "$PWD/nowhere"
refused 125 "apt-get: is not here" "--image FILE or --from DIR" -- env PATH=/nowhere "$bulkhead" tree add other --packages libz1
"$bulkhead" tree remove mine || fail "remove"
[[ -z $(ls -A "$shelf") ]] || fail "left: $(ls -A "$shelf")"

# XDG_DATA_HOME has another place; what cannot be read is left out, and that is said.
chmod 0 elsewhere/secret
XDG_DATA_HOME=$PWD/data "$bulkhead" tree add mine --from elsewhere 2>said.txt || fail "add: $(<said.txt)"
[[ -d data/bulkhead/trees/mine/tree/usr/lib ]] || fail "not below XDG_DATA_HOME"
[[ $EUID == 0 ]] || grep -q 'warning: left out: .*/secret: Permission denied' said.txt || fail "$(<said.txt)"
