#!/bin/bash
# Thread-local variables of several versions, of several exposed libraries, and of this system's where it
# stands in for the tree: each user gets the one that it was linked with.
. "${0%/*}/lib.sh"

cat >versions <<'END'
V1 { global: setting; old_address; new_address; local: *; };
V2 { global: setting; } V1;
END
library libversions.so.1 -Wl,--version-script=versions <<'END'
__thread int old = 1, fresh = 2;
__asm__(".symver old,setting@V1");
__asm__(".symver fresh,setting@@V2");
int *old_address(void) { return &old; }
int *new_address(void) { return &fresh; }
END
library libother.so.1 <<'END'
__thread char room[40]; __thread int second = 8;
int *second_address(void) { return &second; }
END
for model in -mtls-dialect=gnu -mtls-dialect=gnu2 -ftls-model=initial-exec; do
    for which in old:V1 new:V2; do
        at=$host library lib${which%:*}.so $model "$libs/libversions.so.1" <<END
extern __thread int mine;
__asm__(".symver mine,setting@${which#*:}");
int *${which%:*}_user(void) { return &mine; }
END
    done
    program main $model "$libs/libversions.so.1" "$libs/libother.so.1" "$host/libold.so" "$host/libnew.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
extern __thread int second;
int *old_address(void), *new_address(void), *old_user(void), *new_user(void), *second_address(void);
int main(void) {
  CLAIM("V1", "%d", *old_user());
  CLAIM("V2", "%d", *new_user());
  CLAIM("another library's", "%d", second);
  HOLDS("one address of V1", old_user() == old_address());
  HOLDS("one address of V2", new_user() == new_address());
  HOLDS("one address of another library's", &second == second_address());
}
END
    claims_natively_and_in libversions.so.1,libother.so.1 -- ./main <<'END'
V1                               => 1
V2                               => 2
another library's                => 8
one address of V1                => yes
one address of V2                => yes
one address of another library's => yes
END
    # Two capsules.
    "$bulkhead" shim --tree "$tree" --expose libversions.so.1 --output one >/dev/null
    "$bulkhead" shim --tree "$tree" --expose libother.so.1 --output two >/dev/null
    LD_LIBRARY_PATH=$scratch/one:$scratch/two hold claims.txt ./main
    rm -r one two
done

# This system's, where the tree's cannot be had.
at=$host library libother.so.1 <<'END'
__thread char room[400]; __thread int second = 9;
int *second_address(void) { return &second; }
END
program only "$libs/libother.so.1" <<'END'
#include <stdio.h>
extern __thread int second;
int *second_address(void);
int main(void) { printf("%d %d", second, &second == second_address()); }
END
"$bulkhead" shim --tree "$tree" --expose libother.so.1 --on-failure native --output shims >/dev/null
mv "$libs/libother.so.1" gone
LD_LIBRARY_PATH=$scratch/shims:$host expect "9 1" ./only
