#!/bin/bash
# Images become trees: OCI layouts and what `docker save` writes, with layers one above the other, whiteouts, links and each
# compression. The name means the tree then, and update makes nothing of what is the same.
. "${0%/*}/images.bash"
cc -x c - -x none -o program tree/usr/lib/libthing.so.1 <<<'int libthing_answer(void); int main(void) { return libthing_answer() != 42; }'

contents() { # DIRECTORY: everything in it but the library, with what it holds
    (cd "$1" && find . -mindepth 1 ! -name libthing.so.1 -printf '%P %y %m %l\n' | sort)
}
cat >expected.txt <<END
absolute f 644 
anew d 755 
anew/above f 644 
at-root f 644 
becomes-directory d 755 
becomes-directory/x f 644 
becomes-file f 644 
closed d 700 
closed/file f 400 
etc d 755 
etc/inside f 644 
etc/link-out l 777 ../../../../etc
etc/passwd f 644 
first f 644 
grüße f 644 
lib l 777 usr/lib
lib64 l 777 /usr/lib
$(printf 'n%.0s' {1..150}) d 755 
$(printf 'n%.0s' {1..150})/$(printf 'm%.0s' {1..150}) f 644 
opaque d 755 
opaque/above f 644 
opaque/kept d 755 
opaque/kept/above f 644 
open d 755 
root-link l 777 /
second f 644 
set-uid f 755 
third f 644 
usr d 755 
usr/lib d 755 
usr/lib/replaced f 644 
usr/lib/through-absolute-link f 644 
usr/lib/through-link f 644 
END
sort -o expected.txt expected.txt

check() { # KIND [CHANGE]
    rm -rf image
    "$images" "$1" image "${2:-}"
    "$bulkhead" tree add mine --image image 2>said.txt || fail "$*: $(<said.txt)"
    grep -q 'devices, sockets and pipes are left out: 2' said.txt || fail "$*: $(<said.txt)"
    contents "$shelf/mine/tree" >came.txt
    diff expected.txt came.txt || fail "$*: not what the layers say"
    [[ $(<"$shelf/mine/tree/usr/lib/replaced") == above && $(<"$shelf/mine/tree/grüße") == grüße ]] || fail "$*: contents"
    [[ $shelf/mine/tree/first -ef $shelf/mine/tree/third ]] || fail "$*: one file became two"
    "$bulkhead" run --tree mine -e libthing.so.1 ./program || fail "$*: a program on it"
    [[ $("$bulkhead" tree list) == *"image $PWD/image (test:1)"* ]] || fail "$*: $("$bulkhead" tree list)"
    "$bulkhead" tree update mine 2>said.txt || fail "$*: update: $(<said.txt)"
    grep -q 'is as it was' said.txt || fail "$*: $(<said.txt)"
    python3 - "$shelf/mine/manifest.json" <<'END' || fail "$*: the manifest"
import json, re, sys
source = json.load(open(sys.argv[1]))["source"]
assert len(source["layers"]) == 3 and all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in source["layers"] + [source["digest"]]), source
END
    "$bulkhead" tree remove mine
}
for kind in oci-directory oci-tar save save-oci; do check "$kind"; done
check save linked-layer
check save compressed
check oci-tar compressed
check oci-directory several-machines
check save-oci several-machines

# Another image in its place.
"$images" oci-tar image
"$bulkhead" tree add mine --image image -q || fail "add"
"$images" oci-tar image empty-layer
"$bulkhead" tree update mine 2>said.txt || fail "update: $(<said.txt)"
grep -q 'made anew' said.txt || fail "$(<said.txt)"
[[ $(contents "$shelf/mine/tree") == "usr d 755 "$'\n'"usr/lib d 755 " ]] || fail "the new one: $(contents "$shelf/mine/tree")"

# Where nothing says what the layers are, that is said, also with --quiet; and whether they are others is not known.
"$bulkhead" tree remove mine
"$images" save image no-digests
"$bulkhead" tree add mine --image image -q 2>said.txt || fail "add: $(<said.txt)"
[[ $(grep -c '^bulkhead: warning: mine: layer[0-2]/layer.tar: nothing in the image says its digest' said.txt) == 3 && $(wc -l <said.txt) == 3 ]] ||
    fail "$(<said.txt)"
"$images" save image no-digests-anew
"$bulkhead" tree update mine -q 2>/dev/null || fail "update"
[[ -e $shelf/mine/tree/usr/lib/anew ]] || fail "the layers are others, and the tree is as it was"

# What is none says what one is.
head -c 5000 /dev/zero | tr '\0' x >no-image
refused 125 "no-image: is no archive; an image is what docker save writes" -- "$bulkhead" tree add none --image no-image
