#!/usr/bin/env bash
# A tool that needs another version of a library than the program: each has its own, and the program
# sees nothing of the tool's.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

mkdir old
at=$scratch/old library libdep.so.1 <<<'int dep(void) { return 1; }'
tool libdep.so.1 <<<'int dep(void) { return 2; } int dep_secret(void) { return 3; }'
tool libdeeper.so <<<'int deeper(void) { return 4; }'
tool libtool.so "$host/libdep.so.1" "$host/libdeeper.so" -Wl,-rpath,"$host" <<'END'
int dep(void), dep_secret(void), deeper(void);
int getppid(void) { return dep() * 100 + dep_secret() * 10 + deeper(); }
END
program program old/libdep.so.1 -Wl,-rpath,"$scratch/old" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int dep(void);
int main(void) {
    printf("%d %d", dep(), getppid());
    printf(" %d %d", dlsym(RTLD_DEFAULT, "dep_secret") != 0, dlsym(RTLD_DEFAULT, "deeper") != 0);
    int found = 0, deps = 0;
    for (struct link_map *object = _r_debug.r_map; object; object = object->l_next) {
        found += strstr(object->l_name, "libdeeper") != 0;
        deps += strstr(object->l_name, "libdep.so.1") != 0;
    }
    printf(" %d %d\n", found, deps);
    return 0;
}
END
# Natively the program's own version is lost to the tool's, or the tool's to the program's.
expect "1 234 0 0 0 1" preload "$host/libtool.so" -- ./program
