#!/bin/bash
# An allocator with more libraries that have thread-local variables than ld.so keeps places for in a thread's table
# of them: it must have been made larger before the tool is called.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

{
    for ((i = 0; i < 20; ++i)); do
        tool libpart$i.so <<<"static __thread int calls; int part$i(void) { return ++calls; }"
        echo "int part$i(void);"
    done
    echo '#define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stddef.h>
        void *malloc(size_t size) {
            static void *(*next)(size_t);
            if (!next) next = dlsym(RTLD_NEXT, "malloc");'
    for ((i = 0; i < 20; ++i)); do echo "part$i();"; done
    echo 'return next(size);
        }
        int equal(void) { return part0() == part19(); }'
} >parts.c
tool libparts.so "$host"/libpart[0-9]*.so "-Wl,-rpath,$host" <parts.c
program parts -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
int equal(void) __attribute__((weak));
static void *work(void *unused) { return malloc(10); }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, 0);
    puts(equal() ? "equal" : "different");
    return 0;
}
END
both equal libparts.so -- ./parts
