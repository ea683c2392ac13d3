#!/bin/bash
# A FIFO where a file is meant, to which nobody writes: said at once, rather than waited for.
. "$(dirname "$0")/cli.bash"
mkfifo fifo
chmod +x fifo
for command in "explain --config fifo ./program" "run --config fifo ./program"; do
    # shellcheck disable=SC2086 # words
    refused 125 "fifo" "is not a regular file" -- timeout 20 "$bulkhead" $command
done
# In place of a stamp it is none.
run ./program && rm started
entry=$(echo "$XDG_CACHE_HOME"/bulkhead/v1/*)
rm "$entry/stamp"
mkfifo "$entry/stamp"
timeout 20 "$bulkhead" run --tree tree --expose libthing.so.1 ./program || fail "with a FIFO as stamp it ended with $?"
[[ -e started ]] || fail "the program was not started"
