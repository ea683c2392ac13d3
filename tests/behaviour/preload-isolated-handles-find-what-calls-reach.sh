#!/usr/bin/env bash
# --isolated: dlsym with a handle finds what a call of that name reaches. With libc.so.6's: the program's
# malloc, threads, exit …; for a function that the tool replaces the program's next one; for all else the
# libc's own that the tool has.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so -pthread <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void compare(void *handle, const char *name, void *called) {
    printf("%s:%s ", name, dlsym(handle, name) == called ? "same" : "different");
}
__attribute__((constructor)) static void start(void) {
    void *libc = dlopen("libc.so.6", RTLD_LAZY), *threads = dlopen("libpthread.so.0", RTLD_LAZY);
    compare(libc, "malloc", malloc);
    compare(libc, "exit", exit);
    compare(libc, "setenv", setenv);
    compare(libc, "fork", fork);
    compare(libc, "environ", &environ);
    compare(threads, "pthread_create", pthread_create);
    compare(libc, "fclose", fclose);
    compare(libc, "strtok", strtok);
    if (dlvsym(libc, "setenv", "GLIBC_2.2.5") != (void *)setenv) printf("setenv with its version ");
    if (dlsym(libc, "nobody_has_this") != NULL || dlerror() == NULL) printf("nobody_has_this ");
    puts("");
    fflush(stdout);
}
int getppid(void) { return 1; }
END
program program <<<'int main(void) { return 0; }'
same="malloc:same exit:same setenv:same fork:same environ:same pthread_create:same fclose:same strtok:same "
expect "$same" preload --isolated "$host/libtool.so" -- ./program

# As socket_wrapper does: the program gets a stream of its own libc.
tool libwrapper.so <<'END'
#include <dlfcn.h>
#include <stdio.h>
FILE *fopen(const char *path, const char *mode) {
    FILE *(*next)(const char *, const char *);
    next = (FILE *(*)(const char *, const char *))dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_LOCAL), "fopen");
    return next(path, mode);
}
END
echo "a line" >file
program reads <<'END'
#include <stdio.h>
int main(void) {
    char line[100];
    FILE *file = fopen("file", "r");
    fseek(file, 0, SEEK_SET);
    fputs(fgets(line, 100, file), stdout);
    return fclose(file);
}
END
both "a line" libwrapper.so -- ./reads
expect "a line" preload --isolated "$host/libwrapper.so" -- ./reads
