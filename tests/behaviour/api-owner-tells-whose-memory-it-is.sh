#!/bin/bash
# bh_owner tells which heap memory belongs to: for every allocation function, large blocks that are
# mapped by themselves, and what libc allocates for its callers. A capsule with a heap of its own
# frees what it is given of either; the program's side is reported by bh_debug_heap.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libowner.so.1 <<'END'
#define _GNU_SOURCE
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
enum { kWays = 16 };
void *allocate(int way) {
  void *p = 0;
  size_t n = 0;
  char *text = 0;
  switch (way) {
    case 0: return malloc(20);
    case 1: return calloc(3, 7);
    case 2: return realloc(malloc(5), 5000);
    case 3: return reallocarray(0, 100, 100);
    case 4: return memalign(64, 100);
    case 5: return aligned_alloc(4096, 8192);
    case 6: return posix_memalign(&p, 256, 10) ? 0 : p;
    case 7: return valloc(10);
    case 8: return malloc(40 << 20);   // mapped by itself
    case 9: return strdup("text");
    case 10: return asprintf(&text, "%d", 5) < 0 ? 0 : text;
    case 11: return getcwd(0, 0);
    case 12: return realpath("/", 0);
    case 13: { FILE *file = open_memstream(&text, &n); fputs("x", file); fclose(file); return text; }
    case 14: return realloc(malloc(30 << 20), 50 << 20);
    case 15: { FILE *file = fopen("/proc/self/status", "r"); getline(&text, &n, file); fclose(file); return text; }
  }
  return 0;
}
int ways(void) { return kWays; }
void release(void *p) { free(p); }
void *grow(void *p) { return realloc(p, 100000); }
size_t usable(void *p) { return malloc_usable_size(p); }
void *address_of_free(void) { return (void *)free; }
static int variable;
void *of_variable(void) { return &variable; }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *names[] = {"none", "base", "capsule"};
static bh_capsule *capsule;
static const char *owner(const void *p) {
  bh_capsule *of;
  bh_heap heap = bh_owner(p, &of);
  if ((heap == BH_HEAP_CAPSULE) != (of == capsule && of)) return "wrong capsule";
  return names[heap];
}
int main(int count, char **arguments) {
  bh_capsule_options options = {sizeof options};
  bh_library *library;
  bh_error *error;
  int own = strcmp(arguments[2], "own") == 0;
  if (strcmp(arguments[2], "shared")) options.flags = BH_CAPSULE_ISOLATED | (own ? BH_CAPSULE_OWN_HEAP : 0);
  if (bh_capsule_open(&options, &capsule, &error) || bh_library_open(capsule, arguments[1], 0, &library, &error)) {
    puts(bh_error_text(error));
    return 1;
  }
  void *(*allocate)(int) = bh_symbol(library, "allocate", 0, 0);
  int (*ways)(void) = bh_symbol(library, "ways", 0, 0);
  void (*release)(void *) = bh_symbol(library, "release", 0, 0);
  void *(*grow)(void *) = bh_symbol(library, "grow", 0, 0);
  size_t (*usable)(void *) = bh_symbol(library, "usable", 0, 0);
  void *(*address_of_free)(void) = bh_symbol(library, "address_of_free", 0, 0);
  void *(*of_variable)(void) = bh_symbol(library, "of_variable", 0, 0);
  Dl_info info;
  struct link_map *map;
  Lmid_t space;
  dladdr1(address_of_free(), &info, (void **)&map, RTLD_DL_LINKMAP);
  dlinfo(map, RTLD_DI_LMID, &space);
  printf("free:%s", space == LM_ID_BASE ? "base" : space == bh_capsule_namespace(capsule) ? "capsule" : "?");
  for (int way = 0; way < ways(); ++way) {
    void *p = allocate(way);
    const char *is = owner(p);
    if (strcmp(is, own ? "capsule" : "base")) printf(" way %d: %s", way, is);
    release(p);
    if (own && p && bh_owner(p, 0) == BH_HEAP_CAPSULE) printf(" way %d: still the capsule's", way);
  }
  // The program's own memory, given in.
  void *mine = malloc(100);
  printf(" %s", owner(mine));
  mine = grow(mine);
  printf(" %s %d", owner(mine), usable(mine) >= 100000);
  release(mine);
  void *large = malloc(20 << 20);
  printf(" %s", owner(large));
  release(large);
  int local;
  printf(" %s %s %s %s %s", owner(&local), owner(of_variable()), owner((void *)main), owner((void *)64), owner(0));
  if (count > 3) {
    if (bh_debug_heap()) printf(" on already");
    fflush(stdout);
    mine = malloc(10);
    release(mine);
    free(allocate(0));
    mine = realloc(allocate(9), 1000);
    printf(" %s", owner(mine));
    free(mine);
  }
  putchar('\n');
}
END
caller main <main.c

expect "free:base base base 1 base none none none none none" ./main "$host/libowner.so.1" shared
expect "free:base base base 1 base none none none none none" ./main "$host/libowner.so.1" isolated
expect "free:capsule base base 1 base none none none none none" ./main "$host/libowner.so.1" own
expect "free:capsule base base 1 base none none none none none capsule" ./main "$host/libowner.so.1" own debug
for line in "free on the wrong side: memory of the program's heap at 0x[0-9a-f]*, which the program allocated, is given to that of the heap of capsule .* by .*/libowner.so.1" \
    "free on the wrong side: memory of the heap of capsule .*, which .*/libowner.so.1 allocated, is given to that of the program's heap by the program" \
    "realloc on the wrong side: memory of the heap of capsule .*libc.so.6 allocated.* by the program"; do
    grep -q "$line" stderr || fail "no '$line' in: $(<stderr)"
done
[[ $(grep -c "wrong side" stderr) == 4 ]] || fail "not four reports: $(<stderr)"
BULKHEAD_DEBUG=heap ./main "$host/libowner.so.1" own debug 2>stderr | grep -q "on already" || fail "BULKHEAD_DEBUG=heap: $(<stderr)"

# RTLD_ISOLATE, which the tests unique5 and unique6 of the RTLD_SHARED proposal are about: its own
# libc, its own free, and no sharing afterwards.
module libmodule.so.1 <<'END'
#include <stdlib.h>
void *address_of_free(void) { return (void *)free; }
END
caller driver <<<'#include "dlmopen-driver.h"'
steps() { ./driver "$host/libmodule.so.1" "$@" 2>errors; }
expect "+I: 1r free=1 | 0:- 1:r
1: 1r free=1 | 0:- 1:r
1S: error" steps +I 1 1S
expect "0: 0r free=0 | 0:r
+I: 1r free=1 | 0:r 1:r
+I: 2r free=2 | 0:r 1:r 2:r
2S: error
0S: 0r free=0 | 0:r 1:r 2:r" steps 0 +I +I 2S 0S
