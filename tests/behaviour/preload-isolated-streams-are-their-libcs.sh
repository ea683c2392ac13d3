#!/bin/bash
# --isolated: a tool uses streams of its own, also by functions that it replaces, as torsocks does: each goes to the libc
# that made it. Two tools have a libc each.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libcloses.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
static int closed, written;
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
int fclose(FILE *stream) { ++closed; return NEXT(fclose)(stream); }
size_t fwrite(const void *data, size_t size, size_t count, FILE *stream) {
    ++written;
    return NEXT(fwrite)(data, size, count, stream);
}
int fflush(FILE *stream) { return NEXT(fflush)(stream); }
int vfprintf(FILE *stream, const char *format, va_list values) { return NEXT(vfprintf)(stream, format, values); }
int fprintf(FILE *stream, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int result = vfprintf(stream, format, values);
    va_end(values);
    return result;
}
pid_t getppid(void) {
    FILE *own = tmpfile();
    char text[10] = "";
    fwrite("ab", 1, 2, own);
    fprintf(own, "%g", 2.5);
    fflush(own);
    rewind(own);
    int size = (int)fread(text, 1, 10, own);
    if (fclose(own) != 0 || text[2] != '2') return -1;
    fflush(NULL);
    return 100 * closed + 10 * written + size;
}
END
program closes <<'END'
#include "claims.h"
#include <unistd.h>
int main(void) {
    FILE *file = fopen("out", "w");
    fwrite("text", 1, 4, file);
    fprintf(file, "%g ", 0.25);
    int seen = getppid();
    char text[20] = "";
    FILE *again = fopen("out", "r"); /* before it is closed: the tool has written all */
    fread(text, 1, 20, again);
    CLAIM("100 closings, 10 writings, and bytes of the tool's", "%d", seen);
    CLAIM("what the tool has written", "%s", text);
    fclose(file);
    fclose(again);
    return fclose(stdout);
}
END
both_make_true libcloses.so -- ./closes <<'END'
100 closings, 10 writings, and bytes of the tool's => 125
what the tool has written                          => text0.25
END
hold claims.txt preload --isolated "$host/libcloses.so" -- ./closes
LD_BIND_NOW=1 hold claims.txt preload --isolated "$host/libcloses.so" -- ./closes
# Two of them, the other of which opens the program's files.
tool libopens.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
FILE *fopen(const char *path, const char *mode) {
    return ((FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen"))(path, mode);
}
END
expect "$(LD_PRELOAD=$host/libcloses.so:$host/libopens.so ./closes)" \
    preload --isolated "$host/libcloses.so" "$host/libopens.so" -- ./closes
