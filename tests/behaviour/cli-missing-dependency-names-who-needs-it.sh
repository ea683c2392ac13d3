#!/bin/bash
# A library of the closure that the tree lacks is named, with who needs it and where it
# was looked for; sharing this system's is the way out, if it has one.
. "$(dirname "$0")/cli.bash"
library libinner.so.1
library libthing.so.1 "" tree/usr/lib/libinner.so.1
rm tree/usr/lib/libinner.so.1
refused 125 libinner.so.1 "needed by" tree/usr/lib/libthing.so.1 "looked for in" "--share libinner.so.1" -- run ./program
refused 125 libinner.so.1 "this system has no such library" -- run --share libinner.so.1 ./program
