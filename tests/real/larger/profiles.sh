# shellcheck shell=bash
# What the tests of profiles share: a tree with the packages that a profile names, so that these are tried, too.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

names_packages='
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    packages = tomllib.load(file)["packages"]["debian"]
print(*(packages if isinstance(packages, list) else packages.get(sys.argv[2], packages["default"])))
'

# Sets tree to one with the packages of the profile for that release, and others.
tree_of_profile() { # RELEASE PROFILE [PACKAGE…]
    local packages
    packages=$(/usr/bin/python3 -c "$names_packages" "$here/../../share/bulkhead/profiles/$2.toml" "$1") ||
        skip "no Python here reads the profile's packages (tomllib)"
    # shellcheck disable=SC2086 # one word a package
    tree=$(HOME=$home_before "$here/trees" "$1" $packages "${@:3}") || exit $?
    tree=$(realpath "$tree")
}
