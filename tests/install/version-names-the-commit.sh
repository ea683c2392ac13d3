#!/bin/bash
# `bulkhead --version` says from which commit it was built: of a checkout, and of an archive that git made of it.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

command -v git >/dev/null || skip "git is not installed"
commit=$(git -C "$root" rev-parse --short=12 HEAD 2>/dev/null) || skip "this is no checkout"
said() { # SOURCE: what a build of that would say
    quietly cmake -DSOURCE="$1" -DOUTPUT="$scratch/commit.cc" -P "$1/cmake/commit.cmake"
    sed -n 's/^const.*"\(.*\)".*/\1/p' commit.cc
}
[[ $(said "$root") == " (commit $commit)" ]] || fail "a checkout: $(said "$root")"

# Another commit of these files, as an archive.
git -C "$root" ls-files -z cmake .gitattributes | tar -C "$root" --create --null --files-from - | tar --extract --directory "$scratch" --one-top-level=copy
git -C copy init -q
git -C copy add .
git -C copy -c user.name=n -c user.email=e -c commit.gpgsign=false commit -qm x
mkdir archive
git -C copy archive HEAD | tar --extract --directory archive
[[ $(said "$scratch/archive") == " (commit $(git -C copy rev-parse --short HEAD))" ]] || fail "an archive: $(said "$scratch/archive")"

# Neither.
rm -rf copy/.git
[[ -z $(said "$scratch/copy") ]] || fail "without git: $(said "$scratch/copy")"

version=$("$prefix/bin/bulkhead" --version)
[[ $version =~ ^bulkhead\ [0-9]+\.[0-9]+\.[0-9]+(\ \(commit\ [0-9a-f]+\))?$ ]] || fail "--version: $version"
