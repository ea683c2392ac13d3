#!/bin/bash
# At exit a plugin in a capsule of the interface ends before the shared libraries that it needs, also by way of
# another one, as one that dlopen opens does; and to open it again leaves nothing more behind.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

says() { echo "#include <unistd.h>
__attribute__((destructor)) static void end(void) { write(1, \"-$1 \", ${#1} + 2); }"; }

says lower | twin liblower.so.1
twin libshared.so.1 -Wl,--no-as-needed "$host/liblower.so.1" <<<'int shared(void) { return 1; }'
says other | twin libother.so.1
says plugin | twin libplugin.so -Wl,--no-as-needed "$host/libshared.so.1"
caller program -Wl,--no-as-needed "$host/liblower.so.1" "$host/libshared.so.1" "$host/libother.so.1" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>
#include "api-calls.h"
static int count_one(struct dl_phdr_info *info, size_t size, void *count) { ++*(int *)count; return 0; }
static int objects(void) { int count = 0; dl_iterate_phdr(count_one, &count); return count; }
int main(int count, char **arguments) {
  if (count == 1) return !dlopen("libplugin.so", RTLD_NOW);
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = arguments[1], .name = "one", .share = NAMES("libshared.so.1", "liblower.so.1")));
  bh_library *library;
  if (bh_library_open(capsule, "libplugin.so", RTLD_NOW, &library, NULL)) return 1;
  int before = objects();
  for (int i = 0; i < 20; ++i) {
    bh_library_close(library, NULL);
    write(1, ":", 1);
    if (bh_library_open(capsule, "libplugin.so", RTLD_NOW, &library, NULL)) return 1;
  }
  return objects() != before;
}
END
export LD_LIBRARY_PATH=$host
natively=$(./program)
[[ $natively == *-plugin\ -lower* ]] || fail "the fixture is wrong: $natively"
ended=$(./program "$tree") || fail "exit $?: $ended"
[[ ${ended##*:} == "$natively" ]] || fail "natively $natively, in a capsule ${ended##*:}"
