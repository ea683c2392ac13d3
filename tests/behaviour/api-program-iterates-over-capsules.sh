#!/bin/bash
# dl_iterate_phdr of a program that opens capsules by the interface lists their libraries: leak checkers and unwinders
# that the program is linked to go by it.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libplug.so <<<'int held[10]; int *plug(void) { return held; }'
caller main <<EOF
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include "claims.h"
static int sane = 1;
static int look(struct dl_phdr_info *info, size_t size, void *data) {
  sane = sane && info->dlpi_subs <= info->dlpi_adds;
  if (strstr(info->dlpi_name, "libplug.so")) ++*(int *)data;
  return 0;
}
static int count(void) { int found = 0; dl_iterate_phdr(look, &found); return found; }
int main(void) {
  CLAIM("before", "%d", count());
  void *first = bh_dlmopen(LM_ID_NEWLM, "$host/libplug.so", RTLD_NOW);
  CLAIM("a namespace", "%d", count());
  bh_capsule *capsule;
  bh_capsule_options options = {.size = sizeof options, .tree = "/", .name = "second"};
  bh_library *second;
  if (bh_capsule_open(&options, &capsule, NULL) || bh_library_open(capsule, "$host/libplug.so", RTLD_NOW, &second, NULL)) return 1;
  CLAIM("and a capsule", "%d", count());
  bh_dlclose(first);
  CLAIM("closed", "%d", count());
  HOLDS("never more unloaded than loaded", sane);
}
EOF
claims ./main <<'EOF'
before => 0
a namespace => 1
and a capsule => 2
closed => 1
never more unloaded than loaded => yes
EOF
