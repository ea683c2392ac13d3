#!/bin/bash
# What "bulkhead capture" made of a tree's GStreamer makes the native film: moved, with the tree out of sight, and with no option but --tree. It knows all plugins
# that the tree knows.
. "$(dirname "$0")/profiles.sh"
need gst-launch-1.0 gst-inspect-1.0
tree_of_profile "$1" gstreamer
unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"

cd "$scratch"
film() { echo videotestsrc "num-buffers=5" ! video/x-raw,format=RGB,width=64,height=48 ! filesink "location=$1"; }
# shellcheck disable=SC2046 # one word each
gst-launch-1.0 -q $(film native.raw) || skip "this system's GStreamer makes no film"
# Names of plugins: their files, in the tree's registry.
on_tree --profile gstreamer -- gst-inspect-1.0 | sed -n 's/^\([^ :]*\):.*/\1/p' | sort -u >of_tree.txt || fail "gst-inspect-1.0 ended with $?"
[[ $(wc -l <of_tree.txt) -gt 10 ]] || fail "the tree's GStreamer knows no plugins: $(<of_tree.txt)"

said=$("$bulkhead" capture --tree "$tree" --profile gstreamer -o captured) || fail "capture: $? $said"
echo "$said"
mkdir elsewhere
mv captured elsewhere/moved
out_of_sight() {
    mount -t tmpfs none "$tree"
    [[ ! -e $tree/usr ]]
    exec "$bulkhead" run --tree "$scratch/elsewhere/moved" -- "$@"
}
export -f out_of_sight
export bulkhead tree scratch
captured() { unshare -Urm bash -euc 'out_of_sight "$@"' bash "$@"; }

# shellcheck disable=SC2046
captured gst-launch-1.0 -q $(film captured.raw) 2>said.txt || fail "gst-launch-1.0 ended with $?: $(<said.txt)"
# Its helper, which looks at plugins, is among what was captured.
! grep -q WARNING said.txt || fail "gst-launch-1.0 said: $(<said.txt)"
cmp native.raw captured.raw || fail "it is another film"
captured gst-inspect-1.0 | sed -n 's/^\([^ :]*\):.*/\1/p' | sort -u >of_copy.txt || fail "gst-inspect-1.0 ended with $?"
diff of_tree.txt of_copy.txt || fail "the captured tree knows other plugins"
captured gst-inspect-1.0 --version >told.txt || fail "gst-inspect-1.0 ended with $?"
grep -qx "GStreamer $(tree_version libgstreamer1.0-0)" told.txt || fail "that is not the tree's GStreamer: $(<told.txt)"
[[ -n $(find "$HOME/.cache/bulkhead/trees" -name gstreamer-registry.bin) ]] || fail "the profile's variable was not set"
