#!/bin/bash
# --isolated: a tool may use and close streams that it got from the program, as fakechroot does: fopen of the program's,
# closed by a function that is not replaced. The program would not find the end of its list of streams.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

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
