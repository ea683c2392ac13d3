#!/bin/bash
# A library of which all needs are loaded takes no manifest: ld.so opens its file. It is found, bound, closed and opened
# again as with one. A need that ld.so would look for, since nothing loaded is called so, is the tree's as ever.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library liblower.so.1 <<<'int lower(void) { return 1; }'
library libupper.so.1 "$libs/liblower.so.1" <<'END'
#include <stdio.h>
int lower(void);
__attribute__((constructor)) static void begin(void) { puts("upper begins"); }
__attribute__((destructor)) static void end(void) { puts("upper ends"); }
int upper(void) { return 10 + lower(); }
END
# Needs liblower.so, a link of the tree's that leads to what is loaded. This system has another.
at=$host library liblower.so <<<'int lower(void) { return 9; }'
library libother.so.1 "$host/liblower.so" <<<'int lower(void); int other(void) { return 20 + lower(); }'
ln -s liblower.so.1 "$libs/liblower.so"

caller opener <<'END'
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
static bh_capsule *capsule;
static bh_library *opened(const char *name) {
  bh_library *library;
  bh_error *error = 0;
  if (bh_library_open(capsule, name, RTLD_NOW, &library, &error) == BH_OK) return library;
  puts(bh_error_text(error));
  exit(1);
}
static void *call(bh_library *library, const char *name) {
  int (*function)(void) = (int (*)(void))bh_symbol(library, name, 0, 0);
  printf("%s => %d\n", name, function());
  return (void *)function;
}
int main(int argc, char **argv) {
  bh_capsule_options options = {.size = sizeof options, .name = "a", .tree = argv[1]};
  if (bh_capsule_open(&options, &capsule, 0) != BH_OK) return 1;
  call(opened("liblower.so.1"), "lower");
  for (int i = 0; i < 2; ++i) {
    bh_library *first = opened("libupper.so.1"), *second = opened("libupper.so.1");
    Dl_info info;
    dladdr(call(first, "upper"), &info);
    puts(info.dli_fname);
    bh_library_close(first, 0);
    puts("closed once");
    bh_library_close(second, 0);
    puts("closed twice");
  }
  call(opened("libother.so.1"), "other");
}
END

once="upper begins
upper => 11
$libs/libupper.so.1
closed once
upper ends
closed twice"
expect "lower => 1
$once
$once
other => 21" env "LD_LIBRARY_PATH=$host" BULKHEAD_DEBUG=open ./opener "$tree"
grep -q "ld.so opens $libs/libupper.so.1, whose needs are loaded" "$scratch/stderr" || fail "libupper.so.1 took a manifest: $(<"$scratch/stderr")"
! grep -q "ld.so opens $libs/libother.so.1" "$scratch/stderr" || fail "libother.so.1 was opened by itself"
