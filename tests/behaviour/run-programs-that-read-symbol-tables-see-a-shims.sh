#!/bin/bash
# Tools for object files find a shim's symbols as they find a library's: nm, objdump, readelf; and
# dlvsym finds none of a version in a library that defines no versions.
. "${0%/*}/lib.sh"

type -p nm objdump readelf >/dev/null || skip "binutils is not installed"
echo 'V1 { global: old; }; V2 { global: new; } V1;' >v.map
library libversions.so -Wl,--version-script=v.map <<<'int old(void) { return 1; } int new(void) { return 2; }'
library libplain.so <<'END'
#include <stdio.h>
int variable = 4;
__thread int local = 5;
int function(void) { return puts("called"); }
END
"$bulkhead" shim --tree "$tree" --expose libplain.so,libversions.so -o shims >/dev/null

nm -D --defined-only shims/libplain.so >nm.txt
for line in 'T function' 'B variable' 'B local'; do
    grep -q " $line\$" nm.txt || fail "nm does not say $line: $(<nm.txt)"
done
objdump -T shims/libversions.so >objdump.txt
grep -Eq '\.text.* V2 +new$' objdump.txt || fail "objdump does not say V2 new: $(<objdump.txt)"
warnings=$(readelf -aW shims/libplain.so shims/libversions.so 2>&1 >readelf.txt) && [[ -z $warnings ]] ||
    fail "readelf says: $warnings"
grep -q "'.dynsym' contains" readelf.txt || fail "readelf -s finds no table"

program main -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *plain = dlopen("libplain.so", RTLD_NOW), *versions = dlopen("libversions.so", RTLD_NOW);
  HOLDS("a name", dlsym(plain, "function") != NULL);
  HOLDS("with a version that nobody defines", dlvsym(plain, "function", "V1") != NULL);
  HOLDS("with its version", dlvsym(versions, "old", "V1") != NULL);
  HOLDS("with another's", dlvsym(versions, "old", "V2") != NULL);
}
END
claims_natively_and_in libplain.so,libversions.so -- ./main <<'END'
a name                             => yes
with a version that nobody defines => no
with its version                   => yes
with another's                     => no
END
