#!/bin/bash
# Where libbulkhead.so.0 is not found, or is something else, importing the Python module says so and what to do.
# shellcheck source=tests/behaviour/python.bash
. "${0%/*}/python.bash"

told() { # LIBRARY
    BULKHEAD_LIBRARY=$1 "$python" -c '
try:
    import bulkhead
except ImportError as error:
    print(error)'
}
[[ $(told "$scratch/nowhere.so") == "libbulkhead.so.0 is not found ($scratch/nowhere.so: "*"; install bulkhead, or set BULKHEAD_LIBRARY to its path" ]] ||
    fail "$(told "$scratch/nowhere.so")"
at=$scratch library libother.so.1 <<<'int nothing;'
[[ $(told "$scratch/libother.so.1") == "$scratch/libother.so.1 has no bh_"*": it is not bulkhead's, or of an older release" ]] ||
    fail "$(told "$scratch/libother.so.1")"
