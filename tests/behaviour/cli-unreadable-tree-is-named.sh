#!/bin/bash
# A tree that the user may not enter is named, with the reason.
. "$(dirname "$0")/cli.bash"
[[ $EUID -ne 0 ]] || skip "root may read everything"
chmod 000 tree
refused 125 tree "ermission denied" -- run ./program
