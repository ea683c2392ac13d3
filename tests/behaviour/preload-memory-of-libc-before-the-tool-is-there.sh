#!/usr/bin/env bash
# A tool may replace malloc, realloc and free, and leave calloc to libc. What a library's constructor has from libc so, and
# changes and gives back by what the tool replaces, is libc's before the tool is there.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

cat >tool.c <<'END_OF_TOOL'
#include <stddef.h>
void *__libc_malloc(size_t), *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t size) { return __libc_malloc(size); }
void *realloc(void *memory, size_t size) { return __libc_realloc(memory, size); }
void free(void *memory) { __libc_free(memory); }
END_OF_TOOL
tool libtool.so <tool.c
tool libother.so <tool.c
tool libearly.so -fno-builtin <<'END_OF_LIBRARY'
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
char *early_text = "nothing";
int early_given_back;
__attribute__((constructor)) static void start(void) {
    char *text = calloc(1, 32);
    strcpy(text, "from calloc");
    text = realloc(text, 100000);
    if (text) early_text = text;
    // 10 MB: glibc maps such memory by itself, and unmaps it.
    size_t before = mallinfo().hblkhd;
    free(calloc(1, 10000000));
    early_given_back = mallinfo().hblkhd == before;
}
END_OF_LIBRARY
program program -L"$host" -learly -Wl,-rpath,"$host" <<'END_OF_PROGRAM'
#include <stdio.h>
#include <stdlib.h>
extern char *early_text;
extern int early_given_back;
int main(void) {
    char *text = realloc(early_text, 200000);
    printf("%s %d\n", text, early_given_back);
    free(text);
    return 0;
}
END_OF_PROGRAM
both "from calloc 1" libtool.so -- ./program
both "from calloc 1" libtool.so libother.so -- ./program
