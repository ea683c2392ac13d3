#!/bin/bash
# One library cannot be private and exposed; glibc can be neither; libgcc_s cannot be exposed.
. "$(dirname "$0")/cli.bash"
refused 125 libthing.so.1 "--expose and to --private" -- run --private libthing.so.1 ./program
refused 125 libm.so.6 "one glibc in a process" -- run --private libm.so.6 ./program
refused 125 libc.so.6 "one glibc in a process" -- run --expose libc.so.6 ./program
library libgcc_s.so.1 "int x;"
refused 125 libgcc_s.so.1 "cannot be given to --expose" "exceptions" -- run --expose libgcc_s.so.1 ./program
refused 125 "nothing to expose" "--expose" -- "$bulkhead" shim --tree tree -o shims
refused 125 "there is no profile" "gl" -- run --profile nosuch -- ./program
refused 125 "--map" "absolute" -- run --map here -- ./program
refused 125 "--frobnicate" "--help" -- run --frobnicate ./program
refused 125 "no program" -- run
