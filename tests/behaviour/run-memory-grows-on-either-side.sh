#!/bin/bash
# What either side allocates the other one makes larger, measures and gives back; the heap has one end.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>
void *grow(void *p, size_t size) { return realloc(p, size); }
size_t usable(void *p) { return malloc_usable_size(p); }
void *aligned(void) { void *p; return posix_memalign(&p, 4096, 100) ? NULL : p; }
void *heap_end(void) { return sbrk(0); }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "claims.h"
void *grow(void *, size_t), *aligned(void), *heap_end(void);
size_t usable(void *);
int main(void) {
  char *text = strdup("text");
  text = grow(text, 100000);
  CLAIM("grown inside", "%s", text);
  HOLDS("as large on both sides", usable(text) == malloc_usable_size(text));
  text = grow(realloc(text, 10), 3000000);
  CLAIM("made smaller, then mapped inside", "%s", text);
  free(text);
  void *block = aligned();
  HOLDS("aligned inside", block != NULL && (uintptr_t)block % 4096 == 0);
  HOLDS("aligned inside, grown outside", (block = realloc(block, 99999)) != NULL);
  free(block);
  void *end = heap_end();
  HOLDS("the end of the heap", end == sbrk(0));
}
END
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" -lm <main.c
    claims_natively_and_in libinside.so.1 -- ./main <<'END'
grown inside                     => text
as large on both sides           => yes
made smaller, then mapped inside => text
aligned inside                   => yes
aligned inside, grown outside    => yes
the end of the heap              => yes
END
done
