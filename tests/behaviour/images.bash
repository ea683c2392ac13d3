# shellcheck shell=bash
# What the scripts about images of trees share: a library for images.py to put into them, and where trees with names are.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/cli.bash"
unset XDG_DATA_HOME
# shellcheck disable=SC2034 # the scripts use them
images=$here/images.py shelf=$HOME/.local/share/bulkhead/trees
[[ -x ${bulkhead%/bin/*}/libexec/bulkhead/bulkhead-unpack ]] || skip "this build has no bulkhead-unpack"
command -v zstd >/dev/null || skip "zstd is not installed"
library libthing.so.1
export LIBRARY=$PWD/tree/usr/lib/libthing.so.1
