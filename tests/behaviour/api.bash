# shellcheck shell=bash
# What the scripts of tests/behaviour that call <bulkhead/bulkhead.h> share, beside lib.sh.
# shellcheck source=tests/behaviour/lib.sh
. "${0%/*}/lib.sh"

products=${BULKHEAD_LIBDIR_TESTED:-$(dirname "$bulkhead")/../lib}
products=$(realpath -m "$products")
include=$here/../../include
[[ -e $products/libbulkhead.so.0 ]] || fail "there is no libbulkhead.so.0 in $products"

# A program that calls the interface.
caller() { # NAME OPTION… <SOURCE
    program "$1" -I"$include" -I"$here" "${@:2}" "$products/libbulkhead.so.0" "-Wl,-rpath,$products" -pthread
}

# Libraries of this system that nobody finds by name: in $host, or in at=DIR.
module() { # NAME OPTION… <SOURCE
    at=${at:-$host} library "$@"
}

# That claims hold for a caller natively, with this system's libraries, and with those of the tree exposed to it: it gets
# the tree, or nothing, as its first argument (see expose in api-calls.h).
claims_natively_and_exposed() { # PROGRAM ARGUMENT… <CLAIMS
    LD_LIBRARY_PATH=$host claims "$1" "" "${@:2}"
    LD_LIBRARY_PATH=$host hold "$scratch/claims.txt" "$1" "$tree" "${@:2}"
}

# A library of both sides.
twin() { # NAME OPTION… <SOURCE
    at=$libs library "$@"
    cp "$libs/$1" "$host"
}
