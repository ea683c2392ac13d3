#!/usr/bin/env bash
# Isolated tools, each with a libc of its own: RTLD_NEXT of the first is the second, then what
# LD_PRELOAD names, then the program's libc, and never the tool's; errno and memory are one.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

for name in one two three; do
    tool "lib$name.so" -DNAME="\"$name \"" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
// Of a function that every isolated capsule gets from the program, too.
char *getenv(const char *name) {
    write(1, NAME, strlen(NAME));
    return ((char *(*)(const char *))dlsym(RTLD_NEXT, "getenv"))(name);
}
ssize_t read(int file, void *data, size_t size) {
    write(1, NAME, strlen(NAME));
    return ((ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read"))(file, data, size);
}
char *strdup(const char *text) { return ((char *(*)(const char *))dlsym(RTLD_NEXT, "strdup"))(text); }
void *of_libc(void) { return dlsym(RTLD_NEXT, "read"); }
END
done
program program <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    getenv("HOME");
    char byte;
    int failed = read(-1, &byte, 1);
    free(strdup("text"));
    void *(*of_libc)(void) = dlsym(RTLD_DEFAULT, "of_libc");
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    char text[64];
    write(1, text, sprintf(text, "%d %d %d\n", failed, errno == EBADF, of_libc() == dlsym(libc, "read")));
    return 0;
}
END
expect "one one -1 1 1" preload --isolated "$host/libone.so" -- ./program
expect "one two three one two three -1 1 0" preload --isolated "$host/libone.so" "$host/libtwo.so" "$host/libthree.so" -- ./program
LD_PRELOAD=$host/libthree.so expect "two one three two one three -1 1 0" \
    preload --isolated "$host/libtwo.so" "$host/libone.so" -- ./program
