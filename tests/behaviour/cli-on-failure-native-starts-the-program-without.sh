#!/bin/bash
# --on-failure native: where no capsule can be had, the program starts with this system's libraries, and one
# line on stderr says why. Without it, or with stop, nothing is started.
. "$(dirname "$0")/cli.bash"
goes_on() { # TEXT OPTION… -- PROGRAM
    local said
    said=$("$bulkhead" run --on-failure native "${@:2}" 2>&1 >/dev/null) || fail "${*:2} ended with $?: $said"
    [[ $said == *"starts with this system's own libraries"*"$1"* ]] || fail "not said: \"$1\", but: $said"
    [[ $(wc -l <<<"$said") -eq 1 ]] || fail "more than a line: $said"
    [[ -e started ]] || fail "the program was not started"
    rm started
}
goes_on "there is no such tree" --tree nowhere --expose libthing.so.1 ./program
goes_on "libnothing.so.1: is not in the tree" --tree tree --expose libnothing.so.1 ./program
goes_on "no library of" --tree tree --profile vulkan ./program
library libneedy.so.1 "" -Wl,--no-as-needed "$PWD/tree/usr/lib/libthing.so.1" -Wl,-z,now
mv tree/usr/lib/libthing.so.1 .
goes_on "libthing.so.1 is needed by" --tree tree --expose libneedy.so.1 ./program
mv libthing.so.1 tree/usr/lib
touch not-a-directory
goes_on "not-a-directory" --tree tree --expose libthing.so.1 --cache-dir not-a-directory ./program

refused 125 "there is no such tree" -- "$bulkhead" run --tree nowhere --expose libthing.so.1 ./program
refused 125 "there is no such tree" -- \
    "$bulkhead" run --on-failure stop --tree nowhere --expose libthing.so.1 ./program
# What the command was told wrongly is told so.
refused 125 "neither stop nor native" -- run --on-failure maybe ./program
refused 125 "there is no profile" -- run --on-failure native --profile nonsense ./program
refused 127 "no such program" -- run --on-failure native ./nowhere
# Nothing to say where nothing failed.
said=$(run --on-failure native ./program 2>&1)
[[ -z $said && -e started ]] || fail "a capsule that can be had: $said"
