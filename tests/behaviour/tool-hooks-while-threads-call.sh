#!/usr/bin/env bash
# Hooks are put on and taken off, and libraries loaded and unloaded, while threads call the function: every call comes to
# the one or the other.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libwidget.so <<<'int widget(int x) { return x + 1; }'
module libuses.so "$host/libwidget.so" "-Wl,-rpath,$host" <<<'int widget(int); int uses(int x) { return widget(x); }'
module libplugin.so "$host/libwidget.so" "-Wl,-rpath,$host" <<<'int widget(int); int plugin(int x) { return widget(x); }'
caller main "$host/libuses.so" "$host/libwidget.so" "-Wl,-rpath,$host" <<'END'
#include "tool.h"
#include <pthread.h>
int widget(int), uses(int);
static int (*original)(int);
static int replacement(int x) { return original(x) + 1000; }
static volatile int end;
static long hooked, plain, wrong;
static void *call(void *arguments) {
    while (!end) {
        int result = uses(1);
        long *to = result == 2 ? &plain : result == 1002 ? &hooked : &wrong;
        __atomic_add_fetch(to, 1, __ATOMIC_RELAXED);
    }
    return 0;
}
static void *load(void *file) {
    while (!end) {
        void *library = dlopen(file, RTLD_LAZY);
        int result = ((int (*)(int))dlsym(library, "plugin"))(1);
        if (result != 2 && result != 1002) __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
        dlclose(library);
    }
    return 0;
}
int main(int count, char **arguments) {
    pthread_t threads[4];
    uses(1);  // bound now
    for (int i = 0; i < 3; ++i) pthread_create(&threads[i], 0, call, 0);
    pthread_create(&threads[3], 0, load, arguments[1]);
    for (int i = 0; i < 200; ++i) {
        bh_hook *one = hook("widget", replacement, &original);
        if (uses(1) != 1002) ++wrong;
        long before = hooked;
        while (__atomic_load_n(&hooked, __ATOMIC_RELAXED) < before + 10) usleep(10);
        bh_tool_unhook(one);
        if (uses(1) != 2) ++wrong;
    }
    end = 1;
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], 0);
    HOLDS("hooked calls", hooked > 0);
    HOLDS("calls as they were", plain > 0);
    CLAIM("wrong ones", "%ld", wrong);
    return 0;
}
END
claims ./main "$host/libplugin.so" <<'END'
hooked calls       => yes
calls as they were => yes
wrong ones         => 0
END
