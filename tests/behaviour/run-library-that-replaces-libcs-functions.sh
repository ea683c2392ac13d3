#!/bin/bash
# An exposed library that comes before libc and has functions of its names: the program calls those,
# and bulkhead, which opens the library, does not. An allocator cannot be exposed, and is told
# before the start how it can be used. An allocator among an exposed library's needs does not get a
# heap of its own beside the program's.
. "${0%/*}/lib.sh"

library libnames.so -fno-builtin <<'END'
#include <stddef.h>
#include <sys/types.h>
static int copied;
void *memcpy(void *to, const void *from, size_t size) {
  char *t = to;
  const char *f = from;
  copied++;
  while (size--) *t++ = *f++;
  return to;
}
size_t strlen(const char *text) { size_t n = 0; while (text[n]) n++; return n; }
int open(const char *file, int mode, mode_t permissions) { return -7; }
int count(void) { return copied; }
END
program main -fno-builtin -Wl,--no-as-needed "$libs/libnames.so" <<'END'
#include <fcntl.h>
#include <string.h>
#include "claims.h"
int count(void);
int main(void) {
  char text[4];
  int before = count();
  memcpy(text, "abc", 4);
  CLAIM("its memcpy copies", "%s", text);
  CLAIM("and is what was called", "%d", count() - before);
  CLAIM("its open", "%d", open("/dev/null", O_RDONLY));
}
END
claims_natively_and_in libnames.so -- ./main <<'END'
its memcpy copies      => abc
and is what was called => 1
its open               => -7
END

library liballocator.so -fno-builtin <<'END'
#include <stddef.h>
static char pool[1 << 20];
static size_t at = 4096;
void *malloc(size_t size) { void *block = pool + at; at += (size + 31) & ~15ul; return block; }
void free(void *block) {}
void *calloc(size_t count, size_t size) { return malloc(count * size); }
void *realloc(void *block, size_t size) {
  char *larger = malloc(size);
  if (block) for (size_t i = 0; i < size; i++) larger[i] = ((char *)block)[i];
  return larger;
}
END
library libgives.so -Wl,--no-as-needed "$libs/liballocator.so" <<<'
#include <stdlib.h>
char *give(void) { return malloc(64); } void take(char *block) { free(block); }'
program gives "$libs/libgives.so" <<'END'
#include <stdlib.h>
#include "claims.h"
char *give(void);
void take(char *);
int main(void) {
  free(give());
  take(malloc(64));
  char *block = realloc(give(), 4096);
  free(block);
  CLAIM("memory may be freed on the other side", "%s", "yes");
}
END
claims_natively_and_in libgives.so -- ./gives <<<'memory may be freed on the other side => yes'
refuses 'liballocator.so replaces malloc and free' "bulkhead preload $libs/liballocator.so" -- \
    run liballocator.so,libgives.so -- ./gives
