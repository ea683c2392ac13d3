#!/usr/bin/env bash
# The regions of a process: the program, its libraries, libc, ld.so, the tool's capsule with its private libraries,
# another capsule's, the vDSO; and which one an address is in, asked in a signal handler.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libprivate.so <<<'int private_function(void) { return 1; }'
tool libtool.so "$host/libprivate.so" "-Wl,-rpath,$host" <<'END'
#include "tool.h"
#include <signal.h>
#include <sys/auxv.h>
int private_function(void);
static const void *addresses[8];
static bh_region_kind found[8];
static char names[8][64];
static void handle(int number) {
    for (int i = 0; i < 8; ++i) {
        bh_region region = {.size = sizeof region};
        found[i] = bh_tool_region_of(addresses[i], &region);
        strncpy(names[i], *region.path ? region.soname : "nowhere", 63);
    }
}
static const void *last;
static int counts[9], sorted = 1;
static int visit(const bh_region *region, void *data) {
    ++counts[region->kind];
    sorted = sorted && region->begin >= last && region->end > region->begin;
    last = region->end;
    return 0;
}
static int stop(const bh_region *region, void *data) { return 5; }
void show(const void *program, const void *library) {
    bh_capsule_options options = {.size = sizeof options, .tree = getenv("TREE"), .name = "other"};
    bh_capsule *capsule;
    bh_library *other;
    CHECK(bh_capsule_open, &options, &capsule);
    CHECK(bh_library_open, capsule, "libinside.so", 0, &other);
    const void *all[] = {program, library, printf, (void *)getauxval(AT_BASE), (void *)private_function, bh_symbol(other, "inside", 0, 0), (void *)getauxval(AT_SYSINFO_EHDR), &options};
    memcpy(addresses, all, sizeof all);
    int early = bh_tool_region_of(program, 0);
    if (bh_tool_regions(stop, 0) != 5) _exit(9);
    bh_tool_regions(visit, 0);
    signal(SIGUSR1, handle);
    raise(SIGUSR1);
    for (int i = 0; i < 8; ++i) printf("%d %s%s", found[i], names[i], i < 7 ? ", " : "\n");
    printf("%d %d %d %d %d\n", early, sorted, counts[BH_REGION_PROGRAM], counts[BH_REGION_LIBC], counts[BH_REGION_VDSO]);
}
END
library libinside.so <<<'int inside(void) { return 2; }'
module libof.so <<<'int of_program(void) { return 3; }'
program main -Wl,--no-as-needed "$host/libof.so" "-Wl,-rpath,$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
int of_program(void);
int main(void) {
    ((void (*)(const void *, const void *))dlsym(RTLD_DEFAULT, "show"))((void *)main, dlsym(RTLD_DEFAULT, "of_program"));
    return 0;
}
END
export TREE=$tree
linker=$(basename "$(readelf -l main | sed -n 's/.*interpreter: \(.*\)]/\1/p')")
LD_PRELOAD=$host/libtool.so expect "1 main, 2 libof.so, 3 libc.so.6, 4 $linker, 2 libprivate.so, 8 libinside.so, 6 linux-vdso.so.1, 0 nowhere
0 1 1 1 1" ./main
expect "1 main, 2 libof.so, 3 libc.so.6, 4 $linker, 7 libprivate.so, 8 libinside.so, 6 linux-vdso.so.1, 0 nowhere
0 1 1 1 1" "$bulkhead" preload "$host/libtool.so" -- ./main
