#!/usr/bin/env bash
# --isolated: what a tool keeps in libc's own variables does not meet the program's, and what it
# replaces and goes on to is the program's all the same.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

# In the midst of the program's strtok() and rand() the tool uses them, too.
tool libtool.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int opens, writes;
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
    va_end(rest);
    static char list[16];
    strtok(strcpy(list, "of:the:tool"), ":");
    srand(7);
    rand();
    ++opens;
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
ssize_t write(int file, const void *data, size_t size) {
    ++writes;
    return ((ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(file, data, size);
}
pid_t getppid(void) { return 100 * opens + writes; }
END
program program <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    char list[] = "a:b:c";
    srand(1);
    int first = rand(), second = rand();
    srand(1);
    strtok(list, ":");
    int same = rand() == first;
    int file = open("file", O_CREAT | O_RDWR, 0640);
    write(file, "text", 4);
    same = same && rand() == second;
    char *next = strtok(NULL, ":");
    printf("%s %d %d\n", next ? next : "nothing", same, getppid());
    return access("file", R_OK);
}
END
expect "the 0 101" env LD_PRELOAD="$host/libtool.so" ./program
expect "the 0 101" preload "$host/libtool.so" -- ./program
expect "b 1 101" preload --isolated "$host/libtool.so" -- ./program
LD_BIND_NOW=1 expect "b 1 101" preload --isolated "$host/libtool.so" -- ./program
[[ $(stat -c %a file) == 640 && $(<file) == text ]] || fail "the file is not what the program wrote"
