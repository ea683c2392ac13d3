#!/bin/bash
# Without BULKHEAD_LIBRARY the Python module takes the library of the prefix in which it lies, also in lib/MULTIARCH, with each Python
# that there is.
# shellcheck source=tests/behaviour/python.bash
. "${0%/*}/python.bash"
unset BULKHEAD_LIBRARY PYTHONPATH

for place in lib/python3/dist-packages:lib lib/python3.11/site-packages:lib/x86_64-linux-gnu share/bulkhead/python:lib64; do
    prefix=$scratch/${place//[\/:]/-}
    mkdir -p "$prefix/${place%:*}" "$prefix/${place#*:}"
    cp -r "$here/../../python/bulkhead" "$prefix/${place%:*}"
    cp "$products/libbulkhead.so.0" "$prefix/${place#*:}"
    for each in "$python" $(compgen -c python3. | grep -xE 'python3\.[0-9]+' | sort -u); do
        "$each" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || continue
        found=$(PYTHONPATH=$prefix/${place%:*} "$each" -c 'import bulkhead; print(bulkhead._library._name)') || fail "$each in $place"
        [[ $found == "$prefix/${place#*:}/libbulkhead.so.0" || -e /usr/lib/x86_64-linux-gnu/libbulkhead.so.0 ]] || fail "$each in $place: $found"
    done
done
