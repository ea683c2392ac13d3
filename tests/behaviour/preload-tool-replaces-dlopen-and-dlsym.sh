#!/usr/bin/env bash
# A tool that replaces dlopen and dlsym goes on to glibc's for the program: what the program opens is
# the program's.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libplugin.so <<<'int plugin(void) { return 5; } int shown(void) { return 6; }'
tool libsecret.so <<<'int secret(void) { return 8; }'
tool libtool.so "$host/libsecret.so" -Wl,-rpath,"$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
static int opened, asked;
int secret(void);
int count_opened(void) { return opened + secret() - 8; }
int count_asked(void) { return asked; }
void *dlopen(const char *file, int mode) {
    ++opened;
    return ((void *(*)(const char *, int))dlvsym(RTLD_NEXT, "dlopen", "GLIBC_2.2.5"))(file, mode);
}
void *dlsym(void *handle, const char *name) {
    ++asked;
    return ((void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5"))(handle, name);
}
END
program program <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include "claims.h"
#include <string.h>
int main(int count, char **arguments) {
    void *plugin = dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL);
    int mine = 0;
    for (struct link_map *object = _r_debug.r_map; object; object = object->l_next)
        mine += strstr(object->l_name, "libplugin") != 0;
    int (*function)(void) = (int (*)(void))dlsym(plugin, "plugin");
    int (*shown)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "shown");
    int (*opened)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "count_opened");
    int (*asked)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "count_asked");
    CLAIM("the plugin in the program's namespace", "%d", mine);
    CLAIM("its function", "%d", function ? function() : 0);
    CLAIM("its global function", "%d", shown ? shown() : 0);
    CLAIM("calls of dlopen that the tool has seen", "%d", opened());
    CLAIM("calls of dlsym that the tool has seen", "%d", asked());
    CLAIM("dlclose", "%d", dlclose(plugin));
    return 0;
}
END
both_make_true libtool.so -- ./program "$host/libplugin.so" <<'END'
the plugin in the program's namespace  => 1
its function                           => 5
its global function                    => 6
calls of dlopen that the tool has seen => 1
calls of dlsym that the tool has seen  => 4
dlclose                                => 0
END
