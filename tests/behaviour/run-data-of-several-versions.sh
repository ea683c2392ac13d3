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
#include <stdio.h>
extern int setting, *old(void), sum(void);
void bump(void);
int main(void) {
  printf("%d %d ", setting, *old());
  bump();
  printf("%d ", *old());
  if (SHARED) printf("%d ", setting);
  ++*old();
  printf("%d", sum());
}
END
inputs=("$libs/libversioned.so.1" "$host/libold.so" "-Wl,-rpath,$host")
program main -DSHARED=1 -fPIC "${inputs[@]}" <main.c
[[ $(LD_LIBRARY_PATH=$libs ./main) == "2 1 11 102 12102" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
expect "2 1 11 102 12102" run libversioned.so.1 -- ./main
expect "2 1 11 102 12102" env LD_BIND_NOW=1 "$bulkhead" run --tree "$tree" --expose libversioned.so.1 -- ./main
# A program that copies the variable into itself: here even natively the library keeps its own.
program copies -DSHARED=0 -fno-pic -no-pie "${inputs[@]}" <main.c
[[ $(LD_LIBRARY_PATH=$libs ./copies) == "2 1 11 12102" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./copies)"
expect "2 1 11 12102" run libversioned.so.1 -- ./copies
