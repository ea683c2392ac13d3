#!/bin/bash
# A library for another machine is passed over as ld.so does, and the message says why
# there is no other; a program for another machine is refused.
. "$(dirname "$0")/cli.bash"
overwrite tree/usr/lib/libthing.so.1 18 '\363\000' # e_machine: RISC-V
refused 125 libthing.so.1 "another machine" -- run ./program
overwrite tree/usr/lib/libthing.so.1 4 '\001' # EI_CLASS: 32-bit
refused 125 libthing.so.1 "another ELF class" -- run ./program
library libthing.so.1
overwrite program 18 '\363\000'
refused 125 program "another machine" -- run ./program
