#!/usr/bin/env bash
# calloc gives zeroes while the tool that replaces it is not there yet, also where memory was used before.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<'END_OF_TOOL'
#include <dlfcn.h>
#include <stddef.h>
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t size) { return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { return __libc_realloc(memory, size); }
void free(void *memory) { __libc_free(memory); }
END_OF_TOOL
tool libearly.so -fno-builtin <<'END_OF_LIBRARY'
#include <stdlib.h>
#include <string.h>
int early_bytes = -1;
static void *used(size_t size) { return memset(malloc(size), 0xee, size); }
__attribute__((constructor)) static void start(void) {
    void *first = used(96), *second = used(8);
    free(second);
    free(first);
    char *zeroes = calloc(1, 4096);
    early_bytes = 0;
    for (int i = 0; i < 4096; ++i) early_bytes += zeroes[i] != 0;
    free(zeroes);
}
END_OF_LIBRARY
program program -L"$host" -learly -Wl,-rpath,"$host" <<'END_OF_PROGRAM'
#include <stdio.h>
extern int early_bytes;
int main(void) { return printf("%d bytes are not zero\n", early_bytes) < 0; }
END_OF_PROGRAM
both "0 bytes are not zero" libtool.so -- ./program
