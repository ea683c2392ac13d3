#!/bin/bash
# Data that the exposed library exports: a position-independent program and its libraries
# use the object inside the capsule; a program that copies data into itself gets the content.
. "${0%/*}/lib.sh"

library libdata.so.1 <<END
int counter = 5;
int table[4] = {1, 2, 3, 4};
const int constants[4] = {10, 20, 30, 40};
static int hidden = 7;
int *pointer = &hidden;
const char *const names[2] = {"zero", "one"};
void count(void) { counter++; table[3]++; }
int *address(void) { return &counter; }
END
at=$host library libuser.so "$libs/libdata.so.1" <<END
extern int counter, table[];
int *third = &table[2];
int *counter_of_user(void) { return &counter; }
END
cat >main.c <<END
#include "claims.h"
extern int counter, table[], *pointer, *third;
extern const int constants[];
extern const char *const names[];
int *address(void), *counter_of_user(void);
void count(void);
int main(void) {
  CLAIM("a variable", "%d", counter);
  CLAIM("an array", "%d", table[3]);
  CLAIM("constants", "%d", constants[2]);
  CLAIM("a pointer to what is hidden", "%d", *pointer);
  CLAIM("constant pointers", "%s", names[1]);
  count();
  if (SHARED) {
    HOLDS("its address inside", &counter == address());
    HOLDS("its address in another library", &counter == counter_of_user());
    CLAIM("a variable changed inside", "%d", counter);
    CLAIM("an array changed inside", "%d", table[3]);
  }
  CLAIM("another library's pointer into an array", "%d", *third);
}
END
inputs=("$libs/libdata.so.1" "$host/libuser.so" "-Wl,-rpath,$host")
cat >wanted.txt <<'END'
a variable                              => 5
an array                                => 4
constants                               => 30
a pointer to what is hidden             => 7
constant pointers                       => one
its address inside                      => yes
its address in another library          => yes
a variable changed inside               => 6
an array changed inside                 => 5
another library's pointer into an array => 3
END
for binding in lazy now; do
    program main -fPIC -DSHARED=1 "-Wl,-z,$binding" "${inputs[@]}" <main.c
    claims_natively_and_in libdata.so.1 -- ./main <wanted.txt
done
# Copies; the constants among them lie in pages that ld.so has write-protected.
program copies -no-pie -fno-pic -DSHARED=0 "${inputs[@]}" <main.c
grep -v "its address\|changed" wanted.txt | claims_natively_and_in libdata.so.1 -- ./copies
