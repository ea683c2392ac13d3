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
#include "claims.h"
int uses1(void), uses2(void), versioned(void);
int main(void) {
    int (*first)(void) = (int (*)(void))dlvsym(RTLD_DEFAULT, "versioned", "V_1");
    int (*latest)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "versioned");
    CLAIM("libuses1", "%d", uses1());
    CLAIM("libuses2", "%d", uses2());
    CLAIM("the program", "%d", versioned());
    CLAIM("dlvsym V_1", "%d", first());
    CLAIM("dlsym", "%d", latest());
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
answers() { # OF_LIBUSES1 OF_LIBUSES2 OF_THE_PROGRAM BY_DLVSYM_V_1 BY_DLSYM
    printf '%s\n' "libuses1 => $1" "libuses2 => $2" "the program => $3" "dlvsym V_1 => $4" "dlsym => $5" >answers.txt
}
answers 1 2 2 1 2 && hold answers.txt ./main
hooked() { answers "$@" && hold_with_tool answers.txt libtool.so ./main; }
VERSION=V_1 hooked 10 2 2 10 2
VERSION=V_2 hooked 1 20 20 1 20
CALLERS=libuses1.so VERSION=V_1 hooked 10 2 2 1 2
CALLERS='libuses?.so' VERSION=V_2 hooked 1 20 2 1 2
CALLERS="$host/libuses2*" VERSION=V_2 hooked 1 20 2 1 2
CALLERS='' VERSION=V_2 hooked 1 2 20 1 20
CALLERS="*/main" VERSION=V_2 hooked 1 2 20 1 20
VERSION=V_3 with_tool "4 versioned: is not defined in the version that is to be hooked (V_3); name one that \`bulkhead symbols\` lists, or none" libtool.so ./main
NAME=variable with_tool "6 variable: is a variable, and only functions can be hooked ($host/libwidget.so)" libtool.so ./main
NAME='' with_tool "7 bh_tool_hook: a hook without a name" libtool.so ./main
