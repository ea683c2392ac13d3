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
#include <stdio.h>
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
    printf("%d %d %d %d %d", mine, function ? function() : 0, shown ? shown() : 0, opened(), asked());
    printf(" %d\n", dlclose(plugin));
    return 0;
}
END
both "1 5 6 1 4 0" libtool.so -- ./program "$host/libplugin.so"
