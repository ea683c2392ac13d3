#!/bin/bash
# Many first starts at once that join a directory of both sides: each starts, and each sees whole files. A joined directory that nobody
# has used for a year goes when another start is made; one in use stays.
. "${0%/*}/lib.sh"

layers=$scratch/share/layers.d
mkdir -p "$layers" "$tree$layers" "$HOME/.config/bulkhead/profiles"
unset XDG_CONFIG_HOME
cat >"$HOME/.config/bulkhead/profiles/layered.toml" <<END
expose = ["libreader.so.1"]
map = ["$layers"]
joined = ["$layers"]
END
# Large enough to be written in more than a moment.
{ printf '{ "layer": { "name": "VK_LAYER_mine" } }'; head -c 20000000 /dev/zero | tr '\0' ' '; } >"$layers/mine.json"
printf '{ "layer": { "name": "VK_LAYER_trees" } }' >"$tree$layers/trees.json"

library libreader.so.1 <<'END'
#include <stdio.h>
#include <sys/stat.h>
int read_all(const char *directory) {
    char path[4096];
    struct stat mine, trees;
    snprintf(path, sizeof path, "%s/mine.json", directory);
    if (stat(path, &mine) != 0) return puts("no mine.json") < 0;
    snprintf(path, sizeof path, "%s/trees.json", directory);
    if (stat(path, &trees) != 0) return puts("no trees.json") < 0;
    return printf("%ld %ld\n", (long)mine.st_size, (long)trees.st_size) < 0;
}
END
program reads "$libs/libreader.so.1" <<'END'
int read_all(const char *);
int main(int count, char **arguments) { return read_all(arguments[1]); }
END
whole="$(stat -c %s "$layers/mine.json") $(stat -c %s "$tree$layers/trees.json")"

export XDG_CACHE_HOME=$scratch/cache
for round in {1..4}; do
    rm -rf "$XDG_CACHE_HOME"
    jobs=()
    for i in {1..12}; do
        "$bulkhead" run --tree "$tree" --profile layered -- ./reads "$layers" >"said.$i" 2>&1 &
        jobs+=($!)
    done
    failed=0
    for job in "${jobs[@]}"; do wait "$job" || failed=$((failed + 1)); done
    [[ $failed -eq 0 ]] || fail "round $round: $failed of ${#jobs[@]} did not start: $(sort -u said.*)"
    [[ $(sort -u said.*) == "$whole" ]] || fail "round $round: $(sort -u said.*), not $whole"
done
joined=$XDG_CACHE_HOME/bulkhead/joined
[[ $(ls "$joined" | wc -l) -eq 1 ]] || fail "several directories for one: $(ls "$joined")"

# What nobody has used for a year, and what a killed start left.
mkdir "$joined/123" "$joined/new-abcdef"
echo '{}' >"$joined/123/old.json"
echo '{}' >"$joined/new-abcdef/part.json"
touch -d '-500 days' "$joined/123/old.json" "$joined/123" "$joined/new-abcdef/part.json" "$joined/new-abcdef"
# Another working directory is another entry.
mkdir elsewhere
(cd elsewhere && "$bulkhead" run --tree "$tree" --profile layered -- ../reads "$layers") >said || fail "$(<said)"
[[ ! -e $joined/123 && ! -e $joined/new-abcdef ]] || fail "left for ever: $(ls "$joined")"
[[ $(ls "$joined" | wc -l) -eq 1 && $(<said) == "$whole" ]] || fail "$(ls "$joined") $(<said)"
