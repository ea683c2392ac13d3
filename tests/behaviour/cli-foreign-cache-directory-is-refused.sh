#!/bin/bash
# A cache directory of somebody else, or open to others, could feed anything to the user's
# programs: refused, with the way out.
. "$(dirname "$0")/cli.bash"
mkdir -m 777 "$XDG_CACHE_HOME/bulkhead"
chmod 777 "$XDG_CACHE_HOME/bulkhead"
refused 125 "$XDG_CACHE_HOME/bulkhead" "written to by others" "--cache-dir" -- run ./program
chmod 700 "$XDG_CACHE_HOME/bulkhead"
mkdir "$XDG_CACHE_HOME/bulkhead/v1"
chmod 770 "$XDG_CACHE_HOME/bulkhead/v1"
refused 125 "bulkhead/v1" "written to by others" -- run ./program
rm -r "$XDG_CACHE_HOME/bulkhead"
touch "$XDG_CACHE_HOME/bulkhead"
refused 125 "$XDG_CACHE_HOME/bulkhead" "not a directory" -- run ./program
rm "$XDG_CACHE_HOME/bulkhead"
[[ $EUID -eq 0 ]] || skip "the rest is done as root"
mkdir "$XDG_CACHE_HOME/bulkhead"
chown 65534 "$XDG_CACHE_HOME/bulkhead"
refused 125 "$XDG_CACHE_HOME/bulkhead" "belongs to user 65534" "--cache-dir" -- run ./program
