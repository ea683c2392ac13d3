#!/usr/bin/env bash
# A hook may be for one version of a function, or for calls by some libraries only. Mistakes are told.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

printf 'V_1 { global: versioned; variable; };\nV_2 { global: versioned; } V_1;\n' >map
module libwidget.so -Wl,--version-script=map <<'END'
int variable;
int old(void) { return 1; }
int new(void) { return 2; }
__asm__(".symver old,versioned@V_1");
__asm__(".symver new,versioned@@V_2");
END
for which in 1 2; do
    module libuses$which.so "$host/libwidget.so" "-Wl,-rpath,$host" -DUSES=uses$which "-DVERSION=\"versioned@V_$which\"" <<'END'
int USES(void);
__asm__(".symver versioned," VERSION);
int versioned(void);
int USES(void) { return versioned(); }
END
done
program main "$host/libuses1.so" "$host/libuses2.so" "$host/libwidget.so" "-Wl,-rpath,$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int uses1(void), uses2(void), versioned(void);
int main(void) {
    int (*first)(void) = (int (*)(void))dlvsym(RTLD_DEFAULT, "versioned", "V_1");
    int (*latest)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "versioned");
    printf("%d %d %d %d %d\n", uses1(), uses2(), versioned(), first(), latest());
    return 0;
}
END
tool libtool.so <<'END'
#include "tool.h"
static int (*original)(void);
static int replacement(void) { return original() * 10; }
__attribute__((constructor)) static void start(void) {
    bh_hook_request request = {.size = sizeof request, .name = "versioned", .replacement = (void *)replacement, .original = (void **)&original};
    request.version = getenv("VERSION");
    request.callers = getenv("CALLERS");
    if (getenv("NAME")) request.name = getenv("NAME");
    bh_hook *hook;
    bh_error *error = 0;
    if (bh_tool_hook(&request, 1, &hook, &error) == BH_OK) return;
    dprintf(1, "%d %s\n", bh_error_code(error), bh_error_text(error));
    _exit(0);
}
END
expect "1 2 2 1 2" ./main
VERSION=V_1 with_tool "10 2 2 10 2" libtool.so ./main
VERSION=V_2 with_tool "1 20 20 1 20" libtool.so ./main
CALLERS=libuses1.so VERSION=V_1 with_tool "10 2 2 1 2" libtool.so ./main
CALLERS='libuses?.so' VERSION=V_2 with_tool "1 20 2 1 2" libtool.so ./main
CALLERS="$host/libuses2*" VERSION=V_2 with_tool "1 20 2 1 2" libtool.so ./main
CALLERS='' VERSION=V_2 with_tool "1 2 20 1 20" libtool.so ./main
CALLERS="*/main" VERSION=V_2 with_tool "1 2 20 1 20" libtool.so ./main
VERSION=V_3 with_tool "4 versioned: is not defined in the version that is to be hooked (V_3); name one that \`bulkhead symbols\` lists, or none" libtool.so ./main
NAME=variable with_tool "6 variable: is a variable, and only functions can be hooked ($host/libwidget.so)" libtool.so ./main
NAME='' with_tool "7 bh_tool_hook: a hook without a name" libtool.so ./main
