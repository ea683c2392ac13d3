#!/usr/bin/env bash
# A tool that needs a library and replaces functions of it means the program's copy, whose state it
# reads and changes; also if it opens that library by name.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libwidget.so.1 <<'END'
static int count;
int widget_add(int n) { return count += n; }
int widget_get(void) { return count; }
END
tool libneeds.so "$host/libwidget.so.1" -Wl,-rpath,"$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int widget_get(void);
int widget_add(int n) { return ((int (*)(int))dlsym(RTLD_NEXT, "widget_add"))(n * 2) * 1000 + widget_get(); }
END
tool libopens.so <<'END'
#include <dlfcn.h>
int widget_add(int n) {
    void *widget = dlopen("libwidget.so.1", RTLD_LAZY);
    if (!widget) return -1;
    ((int (*)(int))dlsym(widget, "widget_add"))(n * 3);
    return ((int (*)(void))dlsym(widget, "widget_get"))();
}
END
program program "$host/libwidget.so.1" -Wl,-rpath,"$host" <<'END'
#include <stdio.h>
int widget_add(int), widget_get(void);
int main(void) {
    int result = widget_add(5);
    printf("%d %d\n", result, widget_get());
    return 0;
}
END
both "10010 10" libneeds.so -- ./program
export LD_LIBRARY_PATH=$host
both "15 15" libopens.so -- ./program

# One that the program has loaded, and the tool opens without replacing anything of it, is a copy of the tool's.
tool libcounter.so <<<'static int count; int counted(void) { return ++count; }'
tool libcopies.so -DFILE="\"$host/libcounter.so\"" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
int getppid(void) { return ((int (*)(void))dlsym(dlopen(FILE, RTLD_LAZY), "counted"))(); }
END
program counter "$host/libcounter.so" <<'END'
#include <stdio.h>
#include <unistd.h>
int counted(void);
int main(void) {
    counted();
    int of_tool = getppid();
    printf("%d %d\n", of_tool, counted());
    return 0;
}
END
expect "1 2" preload "$host/libcopies.so" -- ./counter

# The program closes a wrapped one; the tool still has it.
program closes <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
    int (*add)(int) = dlsym(RTLD_DEFAULT, "widget_add");
    void *widget = dlopen("libwidget.so.1", RTLD_NOW);
    int first = add(1);
    dlclose(widget);
    printf("%d %d\n", first, add(1));
    return 0;
}
END
expect "3 6" preload "$host/libopens.so" -- ./closes
