#!/bin/bash
# GStreamer of another release with its plugins makes the film that this system's makes, and knows its own plugins: what it has
# found of them is in a file of the tree's, and that of this system's stays as it is.
. "$(dirname "$0")/profiles.sh"
need gst-launch-1.0 gst-inspect-1.0
tree_of_profile "$1" gstreamer

cd "$scratch"
film() { echo videotestsrc "num-buffers=5" ! video/x-raw,format=RGB,width=64,height=48 ! filesink "location=$1"; }
# shellcheck disable=SC2046 # one word each
gst-launch-1.0 -q $(film native.raw) || skip "this system's GStreamer makes no film"
registry=$(find "$HOME/.cache/gstreamer-1.0" -name 'registry*.bin')
before=$(stat -c '%Y %s %i' "$registry")

# shellcheck disable=SC2046
on_tree --profile gstreamer -- gst-launch-1.0 -q $(film tree.raw) || fail "gst-launch-1.0 ended with $?"
[[ $(wc -c <tree.raw) == 46080 ]] || fail "the film is $(wc -c <tree.raw) bytes long"
cmp native.raw tree.raw || fail "it is another film"
check_segregated gst-launch-1.0 libgstreamer-1.0.so.0 libgstvideotestsrc.so libgstcoreelements.so

on_tree --profile gstreamer -- gst-inspect-1.0 --version >told.txt || fail "gst-inspect-1.0 ended with $?"
cat told.txt
grep -qx "GStreamer $(tree_version libgstreamer1.0-0)" told.txt || fail "that is not the tree's GStreamer"
on_tree --profile gstreamer -- gst-inspect-1.0 videotestsrc >told.txt || fail "gst-inspect-1.0 ended with $?"
grep -E '^ +(Filename|Version) ' told.txt
grep -qE "^ +Version +$(tree_version libgstreamer1.0-0)$" told.txt || fail "videotestsrc is not the tree's: $(<told.txt)"
[[ $(stat -c '%Y %s %i' "$registry") == "$before" ]] || fail "this system's registry was written"
