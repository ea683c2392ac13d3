#!/usr/bin/env bash
# A tool is told of every library of the program: those that are there, on request; those that are loaded,
# before their constructors, in the order of ld.so; those that are unloaded. Until it asks for no more.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libneeded.so <<<'int needed;'
module liblater.so -Wl,--no-as-needed "$host/libneeded.so" "-Wl,-rpath,$host" <<'END'
#include <stdio.h>
__attribute__((constructor)) static void start(void) { printf("constructor "); }
__attribute__((destructor)) static void end(void) { printf("destructor "); }
int marker;
END
tool libtool.so <<'END'
#include "tool.h"
#include <link.h>
static int present, program;
static const void *begin, *end;
static void tell(const bh_library_event *event, void *data) {
    const char *name = strrchr(event->path, '/') ? strrchr(event->path, '/') + 1 : event->path;
    if (!strcmp(event->soname, "libgcc_s.so.1")) return;  // bulkhead loads it where glibc is older than 2.35
    if (event->size != sizeof *event || strcmp(data, "data")) _exit(9);
    if (event->event == BH_PRESENT) {
        ++present;
        program += !strcmp(name, "main") && !strcmp(event->soname, "main") && event->map->l_name[0] == 0;
        if ((void *)tell >= event->begin && (void *)tell < event->end) present += strcmp(event->soname, "libtool.so") != 0;
        return;
    }
    if (!strcmp(event->soname, "liblater.so")) begin = event->begin, end = event->end;
    printf("%c%s ", event->event == BH_LOADED ? '+' : '-', event->soname);
}
static bh_watch *watch;
__attribute__((constructor)) static void start(void) {
    CHECK(bh_tool_watch, tell, "data", BH_WATCH_PRESENT, &watch);
}
void stop_watching(void) { bh_tool_unwatch(watch); }
int told(const void *address) { return present >= 3 && program == 1 && address >= begin && address < end; }
END
program main <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
    int (*told)(const void *) = (int (*)(const void *))dlsym(RTLD_DEFAULT, "told");
    void (*stop)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "stop_watching");
    void *library = dlopen(arguments[1], RTLD_LAZY), *again = dlopen(arguments[1], RTLD_NOW);
    printf("%d ", told(dlsym(library, "marker")));
    dlclose(library);
    printf("and ");
    dlclose(again);
    dlclose(dlopen(arguments[1], RTLD_LAZY));
    stop();
    dlclose(dlopen(arguments[1], RTLD_LAZY));
    puts("");
    return 0;
}
END
events="+liblater.so +libneeded.so constructor"
with_tool "$events 1 and destructor -liblater.so -libneeded.so $events destructor -liblater.so -libneeded.so constructor destructor " libtool.so ./main "$host/liblater.so"
