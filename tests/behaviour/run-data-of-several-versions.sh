#!/bin/bash
# A variable that an exposed library exports in two versions is two objects: each user has the one
# of the version that it was linked with.
. "${0%/*}/lib.sh"

echo 'V1 { global: setting; *_of_first; local: *; };' >old.map
echo 'V1 { global: setting; *_of_first; local: *; }; V2 { global: setting; sum; bump; } V1;' >new.map
library libversioned.so.1 -Wl,--version-script=old.map <<<'int setting = 1;'
at=$host library libold.so "$libs/libversioned.so.1" <<'END'
extern int setting;
int *in_data = &setting;
int *old(void) { return in_data == &setting ? in_data : 0; }
END
library libversioned.so.1 -Wl,--version-script=new.map <<'END'
__attribute__((symver("setting@V1"))) int first = 1;
__attribute__((symver("setting@@V2"))) int second = 2;
int sum(void) { return first * 1000 + second; }
void bump(void) { first += 10; second += 100; }
END
cat >main.c <<'END'
#include "claims.h"
extern int setting, *old(void), sum(void);
void bump(void);
int main(void) {
  CLAIM("V2", "%d", setting);
  CLAIM("V1", "%d", *old());
  bump();
  CLAIM("V1, changed inside", "%d", *old());
  if (SHARED) CLAIM("V2, changed inside", "%d", setting);
  ++*old();
  CLAIM("1000 V1 + V2 inside, V1 changed by its user", "%d", sum());
}
END
inputs=("$libs/libversioned.so.1" "$host/libold.so" "-Wl,-rpath,$host")
program main -DSHARED=1 -fPIC "${inputs[@]}" <main.c
claims_natively_and_in libversioned.so.1 -- ./main <<'END'
V2                                          => 2
V1                                          => 1
V1, changed inside                          => 11
V2, changed inside                          => 102
1000 V1 + V2 inside, V1 changed by its user => 12102
END
LD_BIND_NOW=1 hold claims.txt run libversioned.so.1 -- ./main
# A program that copies the variable into itself: here even natively the library keeps its own.
program copies -DSHARED=0 -fno-pic -no-pie "${inputs[@]}" <main.c
sed '/^V2, changed/d' claims.txt >copies.txt
claims_natively_and_in libversioned.so.1 -- ./copies <copies.txt
