#!/bin/bash
# An image cannot write outside of its tree, nor fill the disk, nor be another one than its digests say. What is refused is
# named, and nothing of it stays.
. "${0%/*}/images.bash"
mkdir empty

no_image() { # KIND CHANGE TEXT…
    rm -rf image
    "$images" "$1" image "$2"
    refused 125 "$PWD/image" "${@:3}" -- "$bulkhead" tree add mine --image image
    [[ -z $(ls -A "$shelf") ]] || fail "$2: left $(ls -A "$shelf")"
    [[ -z $(find . -name outside) ]] || fail "$2: something lies outside"
}
for kind in oci-directory save; do
    no_image "$kind" up "../outside: leads out of the tree"
    no_image "$kind" up-inside "usr/../../outside: leads out of the tree"
    no_image "$kind" link-up "../../../../../etc/passwd: leads out of the tree"
    no_image "$kind" link-out "etc: No such file"
    no_image "$kind" whiteout-up ".wh...: hides no file"
    no_image "$kind" below-file "file: is no directory"
    no_image "$kind" circle "Too many levels of symbolic links"
    no_image "$kind" deep "directories more than 150 deep"
    no_image "$kind" deeper "directories more than 150 deep"
    no_image "$kind" layer-changed "is not what its digest says"
    no_image "$kind" several-images "several images (test:1"
    no_image "$kind" other-machine "no image for linux/amd64; it has linux/riscv64"
    no_image "$kind" no-json "is damaged"
    no_image "$kind" nested "nested more than 64 deep"
done
no_image oci-tar foreign-digest "is no digest that is known here"
no_image oci-tar lacks-a-layer "is not in it"
no_image oci-directory lacks-a-layer "No such file"
no_image oci-tar manifest-changed "is not what its digest says"
no_image oci-tar cut ""
no_image save cut ""
head -c 100000 /dev/urandom >image
refused 125 image -- "$bulkhead" tree add mine --image image
tar -cf image tree
refused 125 "is no image: it has neither index.json" "--from DIR" -- "$bulkhead" tree add mine --image image
refused 125 "is no image" -- "$bulkhead" tree add mine --image empty
refused 125 "nowhere: No such file" -- "$bulkhead" tree add mine --image nowhere
mkfifo fifo
refused 125 "fifo: is no regular file" -- "$bulkhead" tree add mine --image fifo

# What would run as somebody else does not.
rm -rf image
"$images" save image set-uid-only
"$bulkhead" tree add mine --image image -q || fail "set-uid"
[[ $(stat -c %a "$shelf/mine/tree/x") == 755 ]] || fail "it has the mode $(stat -c %a "$shelf/mine/tree/x")"
"$bulkhead" tree remove mine

# More than there is room for: of a small file system, if one can be mounted.
unshare -Urm true 2>/dev/null || { echo "no mount namespace can be made here"; exit 0; }
export BOMB=60000000
no_room() { # OPTIONS TEXT
    mkdir data
    mount -t tmpfs -o "$1" none data
    status=0
    XDG_DATA_HOME=$PWD/data "$bulkhead" tree add mine --image image 2>said.txt || status=$?
    [[ $status == 125 ]] && grep -q "$2" said.txt || { echo "$status $(<said.txt)"; exit 1; }
    [[ -z $(ls -A data/bulkhead/trees) ]] || { echo "left: $(ls -A data/bulkhead/trees)"; exit 1; }
    [[ $1 == size=20m ]] || return 0
    mkdir -p large
    head -c 30000000 /dev/zero >large/large
    XDG_DATA_HOME=$PWD/data "$bulkhead" tree add mine --from large 2>said.txt && exit 1
    grep -q 'large: cannot be written: No space left' said.txt || { cat said.txt; exit 1; }
    [[ -z $(ls -A data/bulkhead/trees) ]] || { echo "left: $(ls -A data/bulkhead/trees)"; exit 1; }
}
export -f no_room
export bulkhead
check_room() { # CHANGE OPTIONS TEXT
    for kind in oci-tar save; do
        rm -rf image data
        "$images" "$kind" image "$1"
        unshare -Urm bash -euc 'no_room "$@"' - "${@:2}" || fail "$kind, $1: a full disk"
    done
}
check_room bomb size=20m 'takes more than .* MB'
# Small files take whole blocks, and directories that are only on the way of a file are files as well.
check_room many-files size=4m 'takes more than 3 MB'
check_room many-directories size=100m,nr_inodes=1000 'has more files than there is room for'
