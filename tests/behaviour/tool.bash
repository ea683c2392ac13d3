# shellcheck shell=bash
# What the tool-* scripts share, beside api.bash: tools that use <bulkhead/tool.h>, tried in both
# ways that they get into a program.
# shellcheck source=tests/behaviour/api.bash
source "$(dirname "${BASH_SOURCE[0]}")/api.bash"

# A tool in $host, linked with libbulkhead.
tool() { # NAME OPTION… <SOURCE
    at=$host library "$1" -I"$include" -I"$here" "${@:2}" "$products/libbulkhead.so.0" "-Wl,-rpath,$products" -pthread
}

# That a program prints this with the tool in LD_PRELOAD, and with `bulkhead preload`.
with_tool() { # TEXT TOOL PROGRAM ARGUMENT…
    LD_PRELOAD=$host/$2 expect "$1" "${@:3}"
    expect "$1" "$bulkhead" preload "$host/$2" -- "${@:3}"
}

# The same, claim by claim.
hold_with_tool() { # FILE TOOL PROGRAM ARGUMENT…
    LD_PRELOAD=$host/$2 hold "$1" "${@:3}"
    hold "$1" "$bulkhead" preload "$host/$2" -- "${@:3}"
}
claims_with_tool() { # TOOL PROGRAM ARGUMENT… <CLAIMS
    cat >"$scratch/claims.txt"
    hold_with_tool "$scratch/claims.txt" "$@"
}
