#!/bin/bash
# bulkhead tree makes trees of this release's packages, and of images with the same files in every format that skopeo writes.
# glxinfo, with no more than the tree's name, shows their Mesa.
. "$(dirname "$0")/../lib.sh"
need glxinfo skopeo apt-get
release=$1
export XDG_DATA_HOME=$scratch/data XDG_RUNTIME_DIR=$scratch/run
mkdir -m 700 "$XDG_RUNTIME_DIR"

add() { "$bulkhead" tree add "$@" 2>"$scratch/said" || fail "tree add $*: $(<"$scratch/said")"; }
version_of() { # NAME PACKAGE: upstream's
    python3 - "$XDG_DATA_HOME/bulkhead/trees/$1/manifest.json" "$2" <<'END'
import json, re, sys
versions = {each["name"]: each["version"] for each in json.load(open(sys.argv[1]))["packages"]}
print(re.fullmatch(r"(?:\d+:)?(.*?)(?:-[^-]*)?", versions[sys.argv[2]]).group(1))
END
}

add "$release" --profile gl
mesa=$(version_of "$release" libgl1-mesa-dri)
[[ -n $mesa ]] || fail "the manifest has no libgl1-mesa-dri"
start_x
shows_mesa() { # NAME
    local said
    said=$("$bulkhead" run --tree "$1" --profile gl -- glxinfo -B 2>&1) || fail "glxinfo on $1: $said"
    [[ $said == *"Mesa $mesa"* ]] || fail "on $1 glxinfo does not show Mesa $mesa: $said"
}
shows_mesa "$release"
"$bulkhead" tree update "$release" 2>"$scratch/said" || fail "update: $(<"$scratch/said")"
grep -q 'is as it was' "$scratch/said" || fail "update: $(<"$scratch/said")"

# An image of these files, two layers of which the second hides a file, as an OCI layout; skopeo writes the others.
files=$("$bulkhead" tree path "$release")
layout=$scratch/layout
mkdir -p "$layout/blobs/sha256" "$scratch/hidden/usr/lib" "$scratch/hiding/usr/lib"
echo text >"$scratch/hidden/usr/lib/hidden"
touch "$scratch/hiding/usr/lib/.wh.hidden"
put() { # MEDIA-TYPE <DATA: its descriptor
    cat >"$scratch/blob"
    local digest
    digest=$(sha256sum <"$scratch/blob" | cut -d' ' -f1)
    printf '{"mediaType": "application/vnd.oci.image.%s", "digest": "sha256:%s", "size": %s}' "$1" "$digest" "$(stat -c %s "$scratch/blob")"
    mv "$scratch/blob" "$layout/blobs/sha256/$digest"
}
layers=() plain=()
tar -C "$files" -cf "$scratch/0.tar" . -C "$scratch/hidden" usr/lib/hidden
tar -C "$scratch/hiding" -cf "$scratch/1.tar" usr
for i in 0 1; do
    layers+=("$(gzip -1 <"$scratch/$i.tar" | put layer.v1.tar+gzip)")
    plain+=("\"sha256:$(sha256sum <"$scratch/$i.tar" | cut -d' ' -f1)\"")
    rm "$scratch/$i.tar"
done
config=$(echo "{\"architecture\": \"amd64\", \"os\": \"linux\", \"rootfs\": {\"type\": \"layers\", \"diff_ids\": [${plain[0]}, ${plain[1]}]}}" | put config.v1+json)
manifest=$(echo "{\"schemaVersion\": 2, \"mediaType\": \"application/vnd.oci.image.manifest.v1+json\", \"config\": $config, \"layers\": [${layers[0]}, ${layers[1]}]}" | put manifest.v1+json)
echo "{\"schemaVersion\": 2, \"manifests\": [${manifest%\}}, \"annotations\": {\"org.opencontainers.image.ref.name\": \"base\"}}]}" >"$layout/index.json"
echo '{"imageLayoutVersion": "1.0.0"}' >"$layout/oci-layout"

same_files() { # NAME
    diff <(cd "$files" && find . -printf '%P %y %l\n' | sort) <(cd "$("$bulkhead" tree path "$1")" && find . -printf '%P %y %l\n' | sort) ||
        fail "$1 has other files than $release"
}
add layout --image "$layout"
same_files layout
shows_mesa layout
for kind in oci-archive docker-archive; do
    skopeo --insecure-policy copy -q "oci:$layout:base" "$kind:$scratch/image.tar:base:1" || fail "skopeo cannot write a $kind"
    add "$kind" --image "$scratch/image.tar"
    same_files "$kind"
    shows_mesa "$kind"
    rm "$scratch/image.tar"
done
[[ $("$bulkhead" tree list | wc -l) == 5 ]] || fail "list: $("$bulkhead" tree list)"

# Packages by their names, of a suite that the tree is not called after; and what there is not.
add other --suite "$release" --packages 'libnowhere1|zlib1g'
"$bulkhead" symbols --tree other libz.so.1 >/dev/null || fail "there is no libz.so.1 in it"
"$bulkhead" tree remove other
for wrong in "--suite $release --packages zlib1h" "--suite nosuchsuite --packages zlib1g"; do
    # shellcheck disable=SC2086 # words
    ! "$bulkhead" tree add other $wrong 2>"$scratch/said" || fail "$wrong: made"
    grep -q 'apt says: ' "$scratch/said" || fail "$wrong: $(<"$scratch/said")"
done
[[ $(ls -A "$XDG_DATA_HOME/bulkhead/trees" | wc -l) == 4 ]] || fail "left: $(ls -A "$XDG_DATA_HOME/bulkhead/trees")"
