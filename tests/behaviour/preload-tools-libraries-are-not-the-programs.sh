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
#include "claims.h"
#include <string.h>
#include <unistd.h>
int dep(void);
int main(void) {
    CLAIM("the program's dependency", "%d", dep());
    CLAIM("the tool's dependencies, three digits", "%d", getppid());
    HOLDS("the tool's dependency is seen", dlsym(RTLD_DEFAULT, "dep_secret"));
    HOLDS("what that needs is seen", dlsym(RTLD_DEFAULT, "deeper"));
    int found = 0, deps = 0;
    for (struct link_map *object = _r_debug.r_map; object; object = object->l_next) {
        found += strstr(object->l_name, "libdeeper") != 0;
        deps += strstr(object->l_name, "libdep.so.1") != 0;
    }
    CLAIM("what that needs, in the program's namespace", "%d", found);
    CLAIM("the dependency's name, in the program's namespace", "%d", deps);
    return 0;
}
END
# Natively the program's own version is lost to the tool's, or the tool's to the program's.
claims preload "$host/libtool.so" -- ./program <<'END'
the program's dependency                          => 1
the tool's dependencies, three digits             => 234
the tool's dependency is seen                     => no
what that needs is seen                           => no
what that needs, in the program's namespace       => 0
the dependency's name, in the program's namespace => 1
END
