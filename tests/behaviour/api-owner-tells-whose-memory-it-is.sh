#!/bin/bash
# bh_owner tells which heap memory belongs to: for every allocation function, large blocks that are
# mapped by themselves, and what libc allocates for its callers. A capsule with a heap of its own
# frees what it is given of either; the program's side is reported by bh_debug_heap. (Long for the list of ways to allocate.)
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
#include <stdlib.h>
#include <string.h>
#include "claims.h"
static const char *names[] = {"none", "base", "capsule"};
static const char *ways_to[] = {"malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "posix_memalign", "valloc",
                                "malloc, mapped by itself", "strdup", "asprintf", "getcwd", "realpath", "open_memstream",
                                "realloc, mapped by itself", "getline"};
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
  CLAIM("whose free", "%s", space == LM_ID_BASE ? "base" : space == bh_capsule_namespace(capsule) ? "capsule" : "?");
  for (int way = 0; way < ways(); ++way) {
    void *p = allocate(way);
    CLAIM(ways_to[way], "%s", owner(p));
    release(p);
    if (own && p && bh_owner(p, 0) == BH_HEAP_CAPSULE) CLAIM(ways_to[way], "still the capsule's");
  }
  // The program's own memory, given in.
  void *mine = malloc(100);
  CLAIM("the program's", "%s", owner(mine));
  mine = grow(mine);
  CLAIM("the program's, grown inside", "%s", owner(mine));
  HOLDS("its size, asked inside", usable(mine) >= 100000);
  release(mine);
  void *large = malloc(20 << 20);
  CLAIM("the program's, mapped by itself", "%s", owner(large));
  release(large);
  int local;
  CLAIM("on the stack", "%s", owner(&local));
  CLAIM("a variable inside", "%s", owner(of_variable()));
  CLAIM("a function", "%s", owner((void *)main));
  CLAIM("an address of nothing", "%s", owner((void *)64));
  CLAIM("null", "%s", owner(0));
  if (count > 3) {
    CLAIM("checks", "%s", bh_debug_heap() ? "on already" : "off before");
    mine = malloc(10);
    release(mine);
    free(allocate(0));
    mine = realloc(allocate(9), 1000);
    CLAIM("the capsule's, grown outside", "%s", owner(mine));
    free(mine);
  }
}
END
caller main <main.c

# For what is allocated inside: WHOSE. Everything else is the same.
owners() {
    printf '%s\n' "whose free => $1"
    printf '%s => %s\n' malloc "$1" calloc "$1" realloc "$1" reallocarray "$1" memalign "$1" aligned_alloc "$1" posix_memalign "$1" \
        valloc "$1" "malloc, mapped by itself" "$1" strdup "$1" asprintf "$1" getcwd "$1" realpath "$1" open_memstream "$1" \
        "realloc, mapped by itself" "$1" getline "$1"
    cat <<'END'
the program's                   => base
the program's, grown inside     => base
its size, asked inside          => yes
the program's, mapped by itself => base
on the stack                    => none
a variable inside               => none
a function                      => none
an address of nothing           => none
null                            => none
END
}
owners base | claims ./main "$host/libowner.so.1" shared
owners base | claims ./main "$host/libowner.so.1" isolated
owners capsule | claims ./main "$host/libowner.so.1" own
{ owners capsule; printf '%s\n' "checks => off before" "the capsule's, grown outside => capsule"; } |
    claims ./main "$host/libowner.so.1" own debug
for line in "free on the wrong side: memory of the program's heap at 0x[0-9a-f]*, which the program allocated, is given to that of the heap of capsule .* by .*/libowner.so.1" \
    "free on the wrong side: memory of the heap of capsule .*, which .*/libowner.so.1 allocated, is given to that of the program's heap by the program" \
    "realloc on the wrong side: memory of the heap of capsule .*libc.so.6 allocated.* by the program"; do
    grep -q "$line" stderr || fail "no '$line' in: $(<stderr)"
done
[[ $(grep -c "wrong side" stderr) == 4 ]] || fail "not four reports: $(<stderr)"
# Not by a pipe: grep ends at the first match, and the program would by SIGPIPE.
BULKHEAD_DEBUG=heap ./main "$host/libowner.so.1" own debug >said 2>stderr || fail "BULKHEAD_DEBUG=heap: $(<stderr)"
grep -q "checks => on already" said || fail "BULKHEAD_DEBUG=heap: $(<said) $(<stderr)"
