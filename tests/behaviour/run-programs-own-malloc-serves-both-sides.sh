#!/bin/bash
# A malloc that the program brings, linked in or by LD_PRELOAD, is the capsule's too.
. "${0%/*}/lib.sh"

library libinside.so.1 <<END
#include <stdlib.h>
#include <string.h>
char *make(int size) { return malloc(size); }
char *copy(const char *text) { return strdup(text); }
void destroy(void *p) { free(p); }
END
cat >malloc.c <<END
#include <stddef.h>
#include <string.h>
static char pool[1 << 24];
static size_t used;
int from_pool(void *p) { return (char *)p >= pool && (char *)p < pool + sizeof pool; }
void *malloc(size_t n) {
  used = (used + 31) & ~(size_t)15;
  *(size_t *)(pool + used - 8) = n;
  void *p = pool + used;
  used += n;
  return used < sizeof pool ? p : NULL;
}
void free(void *p) { if (p && !from_pool(p)) __builtin_trap(); }
void *calloc(size_t n, size_t m) { void *p = malloc(n * m); return p; }
void *realloc(void *p, size_t n) {
  void *to = malloc(n);
  if (p) memcpy(to, p, ((size_t *)p)[-1] < n ? ((size_t *)p)[-1] : n);
  return to;
}
END
cat >main.c <<END
#include <stdlib.h>
#include "claims.h"
char *make(int), *copy(const char *); void destroy(void *);
int from_pool(void *);
int main(void) {
  void *inside = make(100), *copied = copy("text"), *outside = malloc(10);
  HOLDS("malloc inside", from_pool(inside));
  HOLDS("strdup inside", from_pool(copied));
  HOLDS("malloc outside", from_pool(outside));
  free(inside); free(copied); destroy(outside);
}
END
printf '%s => yes\n' "malloc inside" "strdup inside" "malloc outside" >wanted.txt

cat main.c malloc.c | program linked "$libs/libinside.so.1"
claims_natively_and_in libinside.so.1 -- ./linked <wanted.txt
cat main.c malloc.c | program linked-fixed -no-pie "$libs/libinside.so.1"
claims_natively_and_in libinside.so.1 -- ./linked-fixed <wanted.txt

at=$host library libmalloc.so <malloc.c
program main "$libs/libinside.so.1" "$host/libmalloc.so" <main.c
"$bulkhead" shim --tree "$tree" --expose libinside.so.1 -o shims
hold wanted.txt env LD_LIBRARY_PATH="shims:$host" LD_PRELOAD="$host/libmalloc.so" ./main
