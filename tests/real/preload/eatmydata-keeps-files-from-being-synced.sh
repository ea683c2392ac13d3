#!/bin/bash
# dd with conv=fsync syncs its file; with libeatmydata nothing behind that is asked to.
. "$(dirname "$0")/lib.bash"
eatmydata=$(tool libeatmydata.so)
cc -shared -fPIC -x c -o counter.so - <<'END'
#include <unistd.h>
int fsync(int fd) { return write(2, "synced\n", 7) == 7 ? fd * 0 : -1; }
END
write_file() { dd if=/dev/zero of=file bs=1k count=1 conv=fsync status=none; }
[[ $(LD_PRELOAD=$scratch/counter.so write_file 2>&1) == synced ]] || fail "this system's dd does not call fsync"
compare "$eatmydata" -- dd if=/dev/zero of=file bs=1k count=1 conv=fsync status=none
said=$(LD_PRELOAD=$scratch/counter.so "$bulkhead" preload "$eatmydata" -- dd if=/dev/zero of=file bs=1k count=1 conv=fsync status=none 2>&1)
[[ -z $said ]] || fail "dd synced its file"
