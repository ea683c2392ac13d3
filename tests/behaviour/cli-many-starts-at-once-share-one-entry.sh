#!/bin/bash
# Thirty first starts at once, while the entry is made and made again: each works.
. "$(dirname "$0")/cli.bash"
cc -x c - -o program <<<'int main(void) { return 7; }'
pids=()
for i in {1..30}; do
    { status=0; run ./program || status=$?; echo "$status" >>statuses; } &
    pids+=($!)
    ((i % 10)) || touch tree/usr/lib/libthing.so.1
done
wait "${pids[@]}"
[[ $(sort statuses | uniq -c | xargs) == "30 7" ]] || fail "$(sort statuses | uniq -c)"
entries=$(find "$XDG_CACHE_HOME/bulkhead/v1" -mindepth 1 -maxdepth 1 | wc -l)
[[ $entries -eq 1 ]] || fail "$entries entries rather than 1"
