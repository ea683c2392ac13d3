#!/usr/bin/env bash
# dlsym with a handle of libpthread.so.0, libdl.so.2 or libm.so.6 finds what libc.so.6 has, as these need
# it; and what nobody has is not found, with ld.so's message.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
static void find(const char *library, const char *name) {
    void *handle = dlopen(library, RTLD_LAZY);
    void *found = dlsym(handle, name);
    const char *error = dlerror();
    printf("%s:%s ", name, found ? error ? "message" : "found" : error && strstr(error, "undefined symbol: ") ? "none" : "silent");
}
__attribute__((constructor)) static void start(void) {
    find("libpthread.so.0", "pthread_create");
    find("libpthread.so.0", "puts");
    find("libdl.so.2", "malloc");
    find("librt.so.1", "timer_create");
    find("libutil.so.1", "openpty");
    find("libm.so.6", "printf");
    find("libm.so.6", "nobody_has_this");
    find("libc.so.6", "cos");
    puts("");
}
int getppid(void) { return 1; }
END
program program <<<'int main(void) { return 0; }'
both "pthread_create:found puts:found malloc:found timer_create:found openpty:found printf:found nobody_has_this:none cos:none " \
    libtool.so -- ./program

# As uid_wrapper does: the thread that is made by what was found is the program's.
tool libthreads.so -pthread <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>
static void *work(void *argument) { return argument; }
pid_t getppid(void) {
    void *handle = dlopen("libpthread.so.0", RTLD_LAZY), *result = NULL;
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(handle, "pthread_create");
    pthread_t thread;
    if (create == NULL || create(&thread, NULL, work, "") != 0) return -1;
    return pthread_join(thread, &result) == 0 && result != NULL ? 42 : -1;
}
END
program threads -pthread <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("%d\n", getppid()); return 0; }
END
both "42" libthreads.so -- ./threads
expect "42" preload --isolated "$host/libthreads.so" -- ./threads
