#!/bin/bash
# What is refused of a strict capsule is in the plan before anything starts: by explain, as text and JSON, and by run; a
# file for --config says strict and permit for a capsule and for a program; mistakes are named.
. "$(dirname "$0")/cli.bash"

file() { printf '%s\n' "$@" >capsule.toml; }
mkdir -p extra bare
cc -shared -fPIC -x c - -o extra/libextra.so.1 -Wl,-soname,libextra.so.1 <<<'int extra(void) { return 7; }'
library libuser.so.1 'int extra(void); int user(void) { return extra(); }' -x none "$PWD/extra/libextra.so.1" "-Wl,-rpath,$PWD/extra"
cc -x c - -x none -o user tree/usr/lib/libuser.so.1 -Wl,--allow-shlib-undefined <<<'int user(void); int main(void) { return user() - 7; }'
options=(--tree tree --expose libuser.so.1)
says() { # STATUS TEXT… -- COMMAND…
    local expected=$1 texts=() status=0 said text
    shift
    while [[ $1 != -- ]]; do texts+=("$1"); shift; done
    said=$("${@:2}" 2>&1) || status=$?
    [[ $status == "$expected" ]] || fail "${*:2} ended with $status; it said: $said"
    for text in "${texts[@]}"; do [[ $said == *"$text"* ]] || fail "no \"$text\" in: $said"; done
}

# Explained.
says 125 "strict: nothing else is loaded but what is shared" "libextra.so.1 is needed by" "not permitted; add it to the tree, or permit its path with --permit" \
    -- "$bulkhead" explain "${options[@]}" --strict -- ./user
says 0 "permitted: what lies at or below $PWD/extra" "$PWD/extra/libextra.so.1" -- "$bulkhead" explain "${options[@]}" --strict --permit extra -- ./user
json=$("$bulkhead" explain "${options[@]}" --strict --permit extra --json)
[[ $json == *'"strict": true'* && $json == *"\"$PWD/extra\""* ]] || fail "JSON: $json"
json=$("$bulkhead" explain --tree tree --expose libthing.so.1 --json)
[[ $json == *'"permit": []'* && $json == *'"strict": false'* ]] || fail "JSON: $json"
plain=$("$bulkhead" explain --tree tree --expose libthing.so.1)
[[ $plain != *strict* ]] || fail "a capsule that is not strict is called so: $plain"

# A path of this system's that is compiled in: whole, of a library, not the tree's, not permitted; also of what is needed.
mkdir -p tree/opt/in
cp extra/libextra.so.1 tree/opt/in/plugin.so
touch extra/notes.txt
library libpaths.so.1 "const char *paths[] = {\"$PWD/extra/libextra.so.1\", \"$PWD/extra/notes.txt\", \"$PWD/extra/absent.so\", \"/opt/in/plugin.so\"};"
library libabove.so.1 'extern char *paths[]; char *above(void) { return paths[0]; }' -x none tree/usr/lib/libpaths.so.1
notes=$("$bulkhead" explain --tree tree --expose libabove.so.1 --strict) || fail "exit $?"
[[ $notes == *"libpaths.so.1 has the path $PWD/extra/libextra.so.1 in it: opening that would be refused"* ]] || fail "no note in: $notes"
[[ $(grep -c "has the path" <<<"$notes") == 1 ]] || fail "too many notes in: $notes"
for more in "--strict --permit extra" --no-strict; do
    # shellcheck disable=SC2086 # options
    notes=$("$bulkhead" explain --tree tree --expose libabove.so.1 $more)
    [[ $notes != *"has the path"* ]] || fail "with $more, a note in: $notes"
done

# Started, or not; also what was started before is looked at anew when what is permitted changes.
refused 125 libextra.so.1 --permit -- "$bulkhead" run "${options[@]}" --strict -- ./user
says 0 -- "$bulkhead" run "${options[@]}" --strict --permit extra -- ./user
refused 125 libextra.so.1 --permit -- "$bulkhead" run "${options[@]}" --strict --permit bare -- ./user
mv extra elsewhere
ln -s elsewhere extra
says 0 -- "$bulkhead" run "${options[@]}" --strict --permit extra -- ./user
rm extra
ln -s bare extra
refused 125 libextra.so.1 -- "$bulkhead" run "${options[@]}" --strict --permit extra -- ./user
rm extra
mv elsewhere extra
says 0 "warning: $PWD/later: is not there" -- "$bulkhead" run "${options[@]}" --strict --permit extra --permit later -- ./user
mkdir later
said=$("$bulkhead" run "${options[@]}" --strict --permit extra --permit later -- ./user 2>&1)
[[ -z $said ]] || fail "of what is there by now, it said: $said"
says 125 libthing.so.1 strict "take it out of LD_PRELOAD" -- env "LD_PRELOAD=$PWD/tree/usr/lib/libthing.so.1" "$bulkhead" run --tree tree --expose libthing.so.1 --strict -- ./program

# A file: relative to its directory; for a program; the command line has the last word.
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' 'strict = true' 'permit = ["extra"]'
says 0 -- "$bulkhead" run --config capsule.toml -- ./user
says 0 "strict: nothing else" "permitted: what lies at or below $PWD/extra" -- "$bulkhead" explain --config capsule.toml -- ./user
mkdir -p away
(cd away && says 0 -- "$bulkhead" run --config ../capsule.toml -- ../user)
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' 'strict = true'
refused 125 libextra.so.1 --permit -- "$bulkhead" run --config capsule.toml -- ./user
says 0 -- "$bulkhead" run --config capsule.toml --permit extra -- ./user
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' '[program.user]' 'capsule.x = { strict = true, permit = "extra" }'
says 0 -- "$bulkhead" run --config capsule.toml -- ./user
says 0 "strict: nothing else" -- "$bulkhead" explain --config capsule.toml -- ./user

# Mistakes.
refused 125 "--permit" "counts in a strict capsule only; add --strict" -- "$bulkhead" run "${options[@]}" --permit extra -- ./user
refused 125 "--permit: the path is empty" -- "$bulkhead" run "${options[@]}" --strict --permit "" -- ./user
refused 125 "--strikt: run has no such option; did you mean --strict?" -- "$bulkhead" run --strikt -- ./user
refused 125 "--permitt: explain has no such option; did you mean --permit?" -- "$bulkhead" explain --permitt=x
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' 'strikt = true'
refused 125 'capsule.toml:4:1: "strikt" is not a key of a capsule' 'did you mean "strict"?' -- "$bulkhead" run --config capsule.toml -- ./user
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' 'strict = "yes"'
refused 125 "capsule.toml:4:10: strict is a string; it must be true or false" -- "$bulkhead" run --config capsule.toml -- ./user
file '[capsule.x]' 'tree = "tree"' 'expose = "libuser.so.1"' 'permit = "extra"'
refused 125 "capsule.toml:4:10: what is permitted counts in a strict capsule only" "strict = true" -- "$bulkhead" run --config capsule.toml -- ./user
for command in run explain shim preload; do
    says 0 --strict --no-strict "--permit PATH" -- "$bulkhead" help $command
done
