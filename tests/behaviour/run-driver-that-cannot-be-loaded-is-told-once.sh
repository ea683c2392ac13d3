#!/bin/bash
# A library of the tree that opens a driver and goes on without it if that fails, as libglvnd does, leaves no trace of
# why. The first one that is there and cannot be loaded is told; one that is not there is not.
. "${0%/*}/lib.sh"
library libneed.so.1 <<<'int need(void) { return 1; }'
library libbroken.so "$libs/libneed.so.1" <<<'int need(void); int broken(void) { return need(); }'
library libother.so -Wl,-z,now <<<'int nowhere(void); int other(void) { return nowhere(); }'
library libfine.so <<<'int fine;'
library libprobe.so.1 -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
int probe(const char *name) {
  int found = dlopen(name, RTLD_NOW) != 0;
  if (!found) printf("%s\n", strstr(dlerror(), "libneed.so.1") ? "libneed.so.1 is missing" : "no");
  return found;
}
END
program user "$libs/libprobe.so.1" <<'END'
#include <stdio.h>
int probe(const char *);
int main(int count, char **names) {
  int i;
  for (i = 1; i < count; ++i) printf("%d\n", probe(names[i]));
  return 0;
}
END
rm "$libs/libneed.so.1"

expect $'1\nno\n0' run libprobe.so.1 -- ./user libfine.so libnone.so.7
[[ ! -s stderr ]] || fail "what is not there is told: $(<stderr)"
broken=$'libneed.so.1 is missing\n0\nno\n0\nlibneed.so.1 is missing\n0'
expect "$broken" env "LD_LIBRARY_PATH=$libs" ./user libbroken.so libother.so "$libs/libbroken.so"
expect "$broken" run libprobe.so.1 -- ./user libbroken.so libother.so "$libs/libbroken.so"
[[ $(<stderr) == "bulkhead: libprobe.so.1 of the tree $tree opens libbroken.so, which cannot be loaded: libneed.so.1"* &&
    $(wc -l <stderr) == 1 ]] || fail "said: $(<stderr)"
# By the path, and for a symbol that is missing.
expect $'no\n0' run libprobe.so.1 -- ./user "$libs/libother.so"
grep -q 'opens .*libother.so, which cannot be loaded: .*nowhere' stderr || fail "said: $(<stderr)"
