# shellcheck shell=bash
# What the scripts of tests/behaviour that use the Python module share, beside api.bash.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

python=/usr/bin/python3
[[ -x $python ]] || skip "python3 is not installed"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip "the module needs Python 3.9"
export PYTHONPATH=$here/../../python PYTHONDONTWRITEBYTECODE=1 BULKHEAD_LIBRARY=$products/libbulkhead.so.0
