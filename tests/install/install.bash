# shellcheck shell=bash
# What the scripts of this folder share: an installation in $prefix. BULKHEAD_BUILD names the build
# directory that is installed from, build if it is not set.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
build=$(realpath -m "${BULKHEAD_BUILD:-$root/build}")
scratch=$(realpath "$(mktemp -d)")
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
mkdir -p "$scratch/home"
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/.cache
unset LD_LIBRARY_PATH LD_PRELOAD CMAKE_PREFIX_PATH PKG_CONFIG_PATH BULKHEAD_LIBDIR DESTDIR CFLAGS CXXFLAGS LDFLAGS

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "failed: $*"; exit 1; }

# A command that says nothing unless it fails.
quietly() { "$@" >"$scratch/said" 2>&1 || { cat "$scratch/said"; fail "$*"; }; }

[[ -e $build/lib/libbulkhead.so.0 ]] || fail "there is nothing built in $build; run script/build, or set BULKHEAD_BUILD"
quietly cmake --install "$build" --prefix "$prefix"
cd "$scratch"

# Configures and builds a project that finds bulkhead below a prefix.
build_with_cmake() { # SOURCE DIRECTORY PREFIX [OPTION…]
    quietly cmake -S "$1" -B "$2" -DCMAKE_PREFIX_PATH="$3" "${@:4}"
    quietly cmake --build "$2"
}

# That a program is bound to the library in that directory, and not to another one.
uses_library_in() { # PROGRAM DIRECTORY
    local found
    found=$(ldd "$1" | sed -n 's/.*libbulkhead\.so\.0 => \(.*\) (0x.*/\1/p')
    [[ $(realpath -m "${found:-none}") == "$(realpath "$2/libbulkhead.so.0")" ]] || fail "$1 uses ${found:-no libbulkhead.so.0}, not that in $2"
}

# The directory of the libraries below a prefix, which this system may call lib64 or after itself.
library_directory() { # PREFIX
    local found
    found=$(find "$1" -name libbulkhead.so)
    [[ -n $found ]] || fail "there is no libbulkhead.so below $1"
    dirname "$found"
}
