#!/usr/bin/env bash
# --isolated: a tool may use and close streams that it got from the program, and streams of its own,
# also by functions that it replaces: each goes to the libc that made it.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

# As fakechroot does: fopen of the program's, closed by a function that is not replaced. The program
# would not find the end of its list of streams.
tool libopens.so <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
FILE *fopen(const char *path, const char *mode) {
    return ((FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen"))(path, mode);
}
char *getlogin(void) {
    static char line[100];
    FILE *file = fopen("file", "r+");
    if (!file || !fgets(line, sizeof line, file)) return NULL;
    fseek(file, 0, SEEK_END);
    fprintf(file, "%s %.2f %d\n", "more", 1.5, 7);
    fclose(file);
    *strchrnul(line, '\n') = 0;
    return line;
}
END
program program <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void) {
    FILE *first = fopen("file", "r");
    puts(getlogin());
    FILE *second = fopen("file", "r");
    puts(getlogin());
    fclose(first);
    char text[100];
    while (fgets(text, 100, second)) fputs(text, stdout);
    return 0;
}
END
echo "the first" >file
LD_PRELOAD=$host/libopens.so expect $'the first\nthe first\nthe first\nmore 1.50 7\nmore 1.50 7' ./program
echo "the first" >file
expect $'the first\nthe first\nthe first\nmore 1.50 7\nmore 1.50 7' timeout 60 "$bulkhead" preload --isolated "$host/libopens.so" -- ./program

# As torsocks does: the tool's own streams, by functions that it replaces.
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
#include <stdio.h>
#include <unistd.h>
int main(void) {
    FILE *file = fopen("out", "w");
    fwrite("text", 1, 4, file);
    fprintf(file, "%g ", 0.25);
    int seen = getppid();
    char text[20] = "";
    FILE *again = fopen("out", "r"); /* before it is closed: the tool has written all */
    fread(text, 1, 20, again);
    printf("%d %s\n", seen, text);
    fclose(file);
    fclose(again);
    return fclose(stdout);
}
END
both "125 text0.25 " libcloses.so -- ./closes
expect "125 text0.25 " preload --isolated "$host/libcloses.so" -- ./closes
LD_BIND_NOW=1 expect "125 text0.25 " preload --isolated "$host/libcloses.so" -- ./closes
# Two of them: each has a libc of its own.
expect "$(LD_PRELOAD=$host/libcloses.so:$host/libopens.so ./closes)" \
    preload --isolated "$host/libcloses.so" "$host/libopens.so" -- ./closes
