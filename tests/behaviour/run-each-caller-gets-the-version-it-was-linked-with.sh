#!/bin/bash
# A shim carries the target's symbol versions: foo@V1 and foo@@V2 are told apart, by the
# program, by its libraries and by dlvsym.
. "${0%/*}/lib.sh"

echo 'V1 { global: foo; local: *; };' >old.map
echo 'V1 { global: foo; local: *; }; V2 { global: foo; only_new; } V1;' >new.map
library libversioned.so.1 -Wl,--version-script=old.map <<END
int foo(void) { return 1; }
END
at=$host library libolduser.so "$libs/libversioned.so.1" <<END
int foo(void);
int foo_of_old_user(void) { return foo(); }
END
cat >new.c <<END
__attribute__((symver("foo@V1"))) int foo_old(void) { return 1; }
__attribute__((symver("foo@@V2"))) int foo_new(void) { return 2; }
int only_new(void) { return 3; }
END
library libversioned.so.1 -Wl,--version-script=new.map <new.c
program main "$libs/libversioned.so.1" "$host/libolduser.so" -Wl,-rpath,"$host" -ldl <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int foo(void), only_new(void), foo_of_old_user(void);
int call(const char *version) {
  int (*f)(void) = dlvsym(RTLD_DEFAULT, "foo", version);
  return f ? f() : 0;
}
int main(void) {
  CLAIM("linked with V2", "%d", foo());
  CLAIM("linked with V1", "%d", foo_of_old_user());
  CLAIM("in V2 only", "%d", only_new());
  CLAIM("dlvsym V1", "%d", call("V1"));
  CLAIM("dlvsym V2", "%d", call("V2"));
  CLAIM("dlvsym V3", "%d", call("V3"));
}
END
claims_natively_and_in libversioned.so.1 -- ./main <<'END'
linked with V2 => 2
linked with V1 => 1
in V2 only     => 3
dlvsym V1      => 1
dlvsym V2      => 2
dlvsym V3      => 0
END
LD_BIND_NOW=1 hold claims.txt run libversioned.so.1 -- ./main
# Also if the tree's library is another one by now than the shim was made from.
"$bulkhead" shim --tree "$tree" --expose libversioned.so.1 -o shims
sed -i 's/only_new;/only_new; more;/' new.map
{ cat new.c; echo 'int more(void) { return 4; }'; } | library libversioned.so.1 -Wl,--version-script=new.map
hold claims.txt env LD_LIBRARY_PATH=shims ./main

# The program's requirement is checked by ld.so as it is against the library itself.
library libversioned.so.1 -Wl,--version-script=old.map <<END
int foo(void) { return 1; }
END
! run libversioned.so.1 -- ./main 2>stderr || fail "version V2 is not there, but the program started"
grep -q "V2" stderr || fail "V2 is not named: $(<stderr)"
