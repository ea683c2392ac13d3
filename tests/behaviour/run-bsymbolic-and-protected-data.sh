#!/bin/bash
# Data of a library that is linked with -Bsymbolic, or is protected, is the library's own object:
# position-independent programs use it, and copies of others stay apart, as natively.
. "${0%/*}/lib.sh"

cat >library.c <<'END'
#ifdef PROTECTED
__attribute__((visibility("protected")))
#endif
int counter = 5;
int get(void) { return counter; }
void set(int value) { counter = value; }
int *address(void) { return &counter; }
END
cat >main.c <<'END'
#include <stdio.h>
extern int counter;
int get(void), *address(void);
void set(int);
int main(void) {
  set(9);
  printf("%d ", counter);
  counter = 3;
  printf("%d %d", get(), address() == &counter);
}
END
check() { # OUTPUT OPTION…: of a program
    program main "${@:2}" "$libs/libdata.so.1" <main.c
    [[ $(LD_LIBRARY_PATH=$libs ./main) == "$1" ]] || fail "the fixture is wrong"
    expect "$1" run libdata.so.1 -- ./main
    expect "$1" env LD_BIND_NOW=1 "$bulkhead" run --tree "$tree" --expose libdata.so.1 -- ./main
}
library libdata.so.1 -Wl,-Bsymbolic <library.c
check "9 3 1" -fPIC
check "5 9 0" -no-pie -fno-pic
library libdata.so.1 -DPROTECTED <library.c
check "9 3 1" -fPIC
# What cannot be one object is said, once, by run and by explain; what can be is not.
library libdata.so.1 -Wl,-Bsymbolic <library.c
program main -no-pie -fno-pic "$libs/libdata.so.1" <main.c
for command in run explain; do
    "$bulkhead" $command --tree "$tree" --expose libdata.so.1 -- ./main >said 2>&1
    [[ $(grep -c "counter: is a variable of libdata.so.1 which that library binds to itself (-Bsymbolic)" said) == 1 ]] ||
        fail "$command said: $(<said)"
done
library libdata.so.1 <library.c
"$bulkhead" run --tree "$tree" --expose libdata.so.1 -- ./main >/dev/null 2>said
[[ ! -s said ]] || fail "without need it said: $(<said)"
