#!/usr/bin/env bash
# dlsym gives the program the replacement where it would have found the original: in the global scope, by a
# handle, for a function of ld.so's too. Another library's function of the same name, found by its handle, is that one's.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libfirst.so <<<'int entry(void) { return 1; }'
module libsecond.so <<<'int entry(void) { return 2; }'
tool libtool.so <<'END'
#include "tool.h"
static int (*original)(void);
static int entry(void) { return original() + 100; }
static pid_t (*original_getppid)(void);
static pid_t parent(void) { return original_getppid() == getppid() ? 42 : 0; }
static void *(*original_dlopen)(const char *, int);
static void *open_other(const char *file, int mode) { return original_dlopen(!strcmp(file, "alias") ? getenv("FIRST") : file, mode); }
__attribute__((constructor)) static void start(void) {
    hook("entry", entry, &original);
    hook("getppid", parent, &original_getppid);
    hook("dlopen", open_other, &original_dlopen);
}
END
program main <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    int none = dlsym(RTLD_DEFAULT, "entry") != 0;
    void *first = dlopen("alias", RTLD_NOW);
    CLAIM("dlopen of the tool's alias", "%s", first ? "opened" : dlerror());
    if (!first) first = dlopen(getenv("FIRST"), RTLD_NOW);
    void *second = dlopen(getenv("SECOND"), RTLD_NOW);
    int (*one)(void) = (int (*)(void))dlsym(first, "entry");
    int (*two)(void) = (int (*)(void))dlsym(second, "entry");
    pid_t (*parent)(void) = (pid_t (*)(void))dlsym(RTLD_DEFAULT, "getppid");
    void *(*open)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    HOLDS("the hooked name before there is one", none);
    CLAIM("by a handle", "%d", one());
    CLAIM("by another library's handle", "%d", two());
    CLAIM("by RTLD_DEFAULT, libc's", "%s", parent() == 42 ? "replaced" : "as it was");
    HOLDS("by RTLD_NEXT, ld.so's", open(getenv("FIRST"), RTLD_NOW) == first);
    HOLDS("the hooked name is global afterwards", dlsym(RTLD_DEFAULT, "entry") != 0);
    HOLDS("what is not there: NULL", dlsym(first, "none") == 0);
    HOLDS("what is not there: dlerror", dlerror() != 0);
    return 0;
}
END
export FIRST=$host/libfirst.so SECOND=$host/libsecond.so
claims ./main <<'END'
dlopen of the tool's alias           => alias: cannot open shared object file: No such file or directory
the hooked name before there is one  => no
by a handle                          => 1
by another library's handle          => 2
by RTLD_DEFAULT, libc's              => as it was
by RTLD_NEXT, ld.so's                => yes
the hooked name is global afterwards => no
what is not there: NULL              => yes
what is not there: dlerror           => yes
END
sed -e '1s/=>.*/=> opened/' -e '/by a handle/s/1$/101/' -e 's/as it was/replaced/' claims.txt >hooked.txt
hold_with_tool hooked.txt libtool.so ./main
