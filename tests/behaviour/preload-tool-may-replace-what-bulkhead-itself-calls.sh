#!/usr/bin/env bash
# A tool that replaces the very functions by which it is loaded, and ends the program when it is asked
# before its constructor has run: the runtime's calls go to libc.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

cat >tool.c <<'END'
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
static int ready;
static long raw(long n, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "+a"(n) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return n;
}
static void check(void) {
    if (!ready) raw(SYS_write, 2, (long)"too early\n", 10, 0, 0, 0), raw(SYS_exit_group, 9, 0, 0, 0, 0, 0);
}
static long system_call(long n, long a, long b, long c, long d, long e, long f) { check(); return raw(n, a, b, c, d, e, f); }
__attribute__((constructor)) static void start(void) { ready = 1; }
int mprotect(void *p, size_t n, int how) { return system_call(SYS_mprotect, (long)p, n, how, 0, 0, 0); }
void *mmap(void *p, size_t n, int how, int flags, int fd, long at) { return (void *)system_call(SYS_mmap, (long)p, n, how, flags, fd, at); }
int munmap(void *p, size_t n) { return system_call(SYS_munmap, (long)p, n, 0, 0, 0, 0); }
#ifndef FEW
int open(const char *path, int flags, ...) { return system_call(SYS_open, (long)path, flags, 0, 0, 0, 0); }
int openat(int fd, const char *path, int flags, ...) { return system_call(SYS_openat, fd, (long)path, flags, 0, 0, 0); }
int close(int fd) { return system_call(SYS_close, fd, 0, 0, 0, 0, 0); }
int getpid(void) { return system_call(SYS_getpid, 0, 0, 0, 0, 0, 0) ? 77 : 0; }
long readlink(const char *path, char *to, size_t n) { return system_call(SYS_readlink, (long)path, (long)to, n, 0, 0, 0); }
long syscall(long n, long a, long b, long c, long d, long e) { return system_call(n, a, b, c, d, e, 0); }
void *memcpy(void *to, const void *from, size_t n) { check(); for (size_t i = 0; i < n; ++i) ((volatile char *)to)[i] = ((char *)from)[i]; return to; }
void *memset(void *to, int c, size_t n) { check(); for (size_t i = 0; i < n; ++i) ((volatile char *)to)[i] = c; return to; }
int memcmp(const void *a, const void *b, size_t n) { check(); for (size_t i = 0; i < n; ++i) if (((volatile char *)a)[i] != ((char *)b)[i]) return 1; return 0; }
size_t strlen(const char *s) { check(); size_t n = 0; while (((volatile char *)s)[n]) ++n; return n + 1000; }
#endif
END
tool libtool.so -fno-builtin -nostartfiles <tool.c
program program -fno-builtin <<'END'
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **arguments) {
    char to[8];
    memcpy(to, "seven", 6);
    printf("%d %s %zu\n", getpid(), to, strlen(to));
    return 0;
}
END
both "77 seven 1005" libtool.so -- ./program

# Only what nobody but the runtime calls before.
tool libfew.so -DFEW -fno-builtin -nostartfiles <tool.c
both "" libfew.so -- true

# What the runtime calls for the first time when the tool is there: to install the rules.
tool libprctl.so <<'END'
#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>
int prctl(int option, ...) {
    errno = EDOM;
    return -1;
}
END
program asks <<'END'
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(void) {
    int result = prctl(PR_GET_DUMPABLE);
    printf("%d %d %d\n", result, errno == EDOM, getppid() > 0);
    return 0;
}
END
printf '[region.default]\nlog = "syslog"\n' >policy.toml
expect "-1 1 1" preload --seccomp policy.toml "$host/libprctl.so" -- ./asks
