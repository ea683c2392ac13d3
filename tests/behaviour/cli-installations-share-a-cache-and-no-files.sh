#!/usr/bin/env bash
# Two installations of bulkhead, which may be of different builds, have one user's cache in common; what one has made
# there is not used by the other, since it leads to the libraries of the one.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

products=$(realpath "${BULKHEAD_LIBDIR_TESTED:-$(dirname "$bulkhead")/../lib}")
for place in one two; do
    mkdir -p $place/bin $place/lib
    cp "$bulkhead" $place/bin/bulkhead
    cp "$products"/libbulkhead*.so.0 $place/lib
done

tool libtool.so <<<'int answer(void) { return 42; }'
library libthing.so.1 <<<'int answer(void) { return 43; }'
cat >maps.c <<'END'
#include <stdio.h>
#include <string.h>
int answer(void);
int main(void) {
    char line[4096], *path, last[4096] = "";
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) {
        line[strcspn(line, "\n")] = 0;
        if (!(path = strchr(line, '/')) || !strstr(path, "/lib/libbulkhead.so.0") || !strcmp(path, last)) continue;
        puts(strcpy(last, path));
    }
    return answer() == 0;
}
END
program plain "$libs/libthing.so.1" <maps.c
program tooled "$libs/libthing.so.1" "-Wl,-rpath,$libs" <maps.c

for _ in first second; do
    for place in one two; do
        expect "$scratch/$place/lib/libbulkhead.so.0" $place/bin/bulkhead run --tree "$tree" --expose libthing.so.1 -- ./plain
        expect "$scratch/$place/lib/libbulkhead.so.0" $place/bin/bulkhead preload "$host/libtool.so" -- ./tooled
    done
done
# And each finds its own again.
for place in one two; do
    $place/bin/bulkhead preload -v "$host/libtool.so" -- ./tooled >/dev/null 2>said
    grep -q "from the cache" said || fail "$place: made again"
done
