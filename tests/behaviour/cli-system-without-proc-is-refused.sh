#!/bin/bash
# Without /proc the dynamic linker cannot reach images in memory: said before the start.
. "$(dirname "$0")/cli.bash"
without=(unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh)
"${without[@]}" true 2>/dev/null || skip "a mount namespace cannot be made here"
refused 125 /proc "mount" -- "${without[@]}" "$bulkhead" run --tree tree --expose libthing.so.1 -- ./program
