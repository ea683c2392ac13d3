#!/bin/bash
# A tree that is not there, is a file, or may not be read is named, with the reason.
. "$(dirname "$0")/cli.bash"
refused 125 nowhere "no such tree" -- "$bulkhead" run --tree nowhere --expose libthing.so.1 -- ./program
touch file
refused 125 file "not a directory" -- "$bulkhead" run --tree file --expose libthing.so.1 -- ./program
refused 125 --tree "name a directory" -- "$bulkhead" run --tree "" --expose libthing.so.1 -- ./program
