#!/bin/bash
# Profiles are files: the user's of a name counts before bulkhead's own, a path names one, a file that changes makes new shims, and a
# mistake is named by line and column. "bulkhead profiles" lists them.
. "${0%/*}/cli.bash"
unset XDG_CONFIG_HOME

library libother.so.1
mine=$HOME/.config/bulkhead/profiles
mkdir -p "$mine"
explained() { "$bulkhead" explain --tree tree "$@" 2>&1 || fail "explain $* ended with $?"; }
cc -o idle -x c - <<<'int main(void) { return 0; }'

# One of the user's, by its name and by its path.
cat >"$mine/things.toml" <<'END'
description = "things"
expose = ["libthing.so.1", "libother.so.1", "libnone.so.1"]
END
[[ $(explained --profile things) == *"libother.so.1 "*exposed*"asked for by --profile things"* ]] || fail "by name: $(explained --profile things)"
cp "$mine/things.toml" ./path.toml
[[ $(explained --profile ./path.toml) == *"libother.so.1 "*exposed* ]] || fail "by path: $(explained --profile ./path.toml)"
cat >capsule.toml <<'END'
[capsule.it]
tree = "tree"
profile = "things"
END
[[ $("$bulkhead" explain --config capsule.toml 2>&1) == *"libother.so.1 "*exposed* ]] || fail "by a file for --config"

# Bulkhead's own, in place of which the user's of that name is taken.
listed=$("$bulkhead" profiles)
[[ $listed == *"gl "*OpenGL*/share/bulkhead/profiles/gl.toml* && $listed == *"things "*things*"$mine/things.toml"* ]] || fail "listed: $listed"
[[ $("$bulkhead" profiles gl) == *"family "*libGLdispatch.so.0* ]] || fail "gl: $("$bulkhead" profiles gl)"
echo 'expose = "libthing.so.1"' >"$mine/gl.toml"
[[ $(explained --profile gl) == *"libthing.so.1 "*exposed* ]] || fail "the user's gl: $(explained --profile gl)"
[[ $("$bulkhead" profiles) == *"$mine/gl.toml"* && $("$bulkhead" profiles) != *share/bulkhead/profiles/gl.toml* ]] || fail "both are listed"
rm "$mine/gl.toml"

# A family is exposed as a whole, also where no profile is named.
echo 'expose = ["libthing.so.1", "libother.so.1"]
family = ["libthing.so.1", "libother.so.1"]' >"$mine/things.toml"
[[ $(explained --expose libthing.so.1) == *"libother.so.1 "*exposed*"belongs to the things family"* ]] || fail "family: $(explained --expose libthing.so.1)"

# What a profile says belongs to the cached shims.
shims() { "$bulkhead" run -v --tree tree "$@" -- ./idle 2>&1; }
[[ $(shims --profile things) == *"shims made"* ]] || fail "the first start"
[[ $(shims --profile things) == *"shims from the cache"* ]] || fail "the second start: $(shims --profile things)"
echo 'expose = ["libthing.so.1"]' >"$mine/things.toml"
[[ $(shims --profile things) == *"shims made"* ]] || fail "after a change"
shims --expose libthing.so.1 >/dev/null
[[ $(shims --expose libthing.so.1) == *"shims from the cache"* ]] || fail "without a profile"
echo 'expose = ["libthing.so.1"]' >"$mine/new.toml"
[[ $(shims --expose libthing.so.1) == *"shims made"* ]] || fail "after a new file"
rm "$mine/new.toml"

# Mistakes.
refused 125 'no profile "thing"; did you mean "things"?' -- "$bulkhead" run --tree tree --profile thing ./program
refused 125 "there is no file ./none.toml" -- "$bulkhead" run --tree tree --profile ./none.toml ./program
echo 'expos = "libthing.so.1"' >"$mine/things.toml"
refused 125 "$mine/things.toml:1:1: \"expos\" is not a key of a profile; did you mean \"expose\"?" -- "$bulkhead" run --tree tree --profile things ./program
refused 125 "$mine/things.toml:1:1" -- "$bulkhead" run --config capsule.toml ./program
# One that nobody asked for keeps nobody from starting.
said=$("$bulkhead" run --tree tree --expose libthing.so.1 ./idle 2>&1) || fail "a wrong file that nobody asked for: $said"
[[ $said == *"warning: $mine/things.toml:1:1: "*"the profile things is left out"* ]] || fail "not said: $said"
rm "$mine/things.toml"

# An installation without its share directory.
prefix=${bulkhead%/bin/*}
mkdir -p bare/bin
cp "$bulkhead" bare/bin
cp -r "$prefix/lib" bare/lib
said=$(bare/bin/bulkhead run --tree tree --expose libthing.so.1 ./idle 2>&1) || fail "without share: $said"
[[ $said == *"warning: $PWD/bare/share/bulkhead/profiles: is missing"*"install bulkhead completely"* ]] || fail "without share, not said: $said"
refused 125 "--profile gl: there is no profile" "bare/share/bulkhead/profiles: is missing" -- bare/bin/bulkhead run --tree tree --profile gl ./program

# Variables for the program, unless it has them.
cat >prints.sh <<'END'
#!/bin/sh
echo "$PROFILE_WORD $PROFILE_FILE"
END
chmod +x prints.sh
cat >"$mine/things.toml" <<'END'
expose = "libthing.so.1"
[environment]
PROFILE_WORD = "said"
PROFILE_FILE = "$CACHE/file"
END
for start in first second; do
    said=$("$bulkhead" run --tree tree --profile things ./prints.sh)
    [[ $said == "said $XDG_CACHE_HOME/bulkhead/trees/"*"/file" ]] || fail "$start start: $said"
done
[[ $(PROFILE_WORD=mine "$bulkhead" run --tree tree --profile things ./prints.sh) == "mine "* ]] || fail "the user's own variable is lost"

# Where profiles are looked for is part of what shims depend on.
for place in one two; do
    mkdir -p "$place/bulkhead/profiles"
    printf 'expose = "libthing.so.1"\nenvironment = { PROFILE_WORD = "%s" }\n' "$place" >"$place/bulkhead/profiles/placed.toml"
done
for place in one two one; do
    said=$(XDG_CONFIG_HOME=$PWD/$place "$bulkhead" run --tree tree --profile placed ./prints.sh)
    [[ $said == "$place "* ]] || fail "of $place: $said"
done
printf 'expose = "libthing.so.1"\nenvironment = { PROFILE_WORD = "a\\u0000b" }\n' >"$mine/placed.toml"
refused 125 "placed.toml:2:" "has a line break or a NUL character in it" -- "$bulkhead" run --tree tree --profile placed ./program
printf 'expose = "libthing.so.1\\u0000"\n' >"$mine/placed.toml"
refused 125 "placed.toml:1:" "has a NUL character in it" -- "$bulkhead" run --tree tree --profile placed ./program
rm "$mine/placed.toml"

# Of a directory that cannot be read nothing is taken without a word.
reader=()
[[ $EUID -ne 0 ]] || reader=(setpriv --reuid 65534 --clear-groups)
chmod 755 . && chmod -R a+rX . && mkdir -p unread/bulkhead/profiles && chmod 000 unread/bulkhead/profiles
if said=$(XDG_CONFIG_HOME=$PWD/unread "${reader[@]}" "$bulkhead" explain --tree tree --expose libthing.so.1 2>&1); then
    [[ $said == *"unread/bulkhead/profiles: Permission denied, so the profiles in it are left out"* ]] || fail "an unreadable directory: $said"
    said=$(XDG_CONFIG_HOME=$PWD/unread "${reader[@]}" "$bulkhead" explain --tree tree --profile none 2>&1) && fail "an unknown profile"
    [[ $said == *"unread/bulkhead/profiles: Permission denied"* ]] || fail "an unknown profile: $said"
else
    echo "another user may not run $bulkhead here: $said"
fi
