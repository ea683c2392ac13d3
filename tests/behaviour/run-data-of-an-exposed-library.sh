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
#include <stdio.h>
extern int counter, table[], *pointer, *third;
extern const int constants[];
extern const char *const names[];
int *address(void), *counter_of_user(void);
void count(void);
int main(void) {
  printf("%d %d %d %d %s, ", counter, table[3], constants[2], *pointer, names[1]);
  count();
  if (SHARED) printf("%d %d %d %d, ", &counter == address(), counter, counter_of_user() == &counter, table[3]);
  printf("%d", *third);
}
END
inputs=("$libs/libdata.so.1" "$host/libuser.so" "-Wl,-rpath,$host")
program main -fPIC -DSHARED=1 "${inputs[@]}" <main.c
expect "5 4 30 7 one, 1 6 1 5, 3" run libdata.so.1 -- ./main
program main -fPIC -DSHARED=1 -Wl,-z,now "${inputs[@]}" <main.c
expect "5 4 30 7 one, 1 6 1 5, 3" run libdata.so.1 -- ./main
# Copies; the constants among them lie in pages that ld.so has write-protected.
program copies -no-pie -fno-pic -DSHARED=0 "${inputs[@]}" <main.c
expect "5 4 30 7 one, 3" run libdata.so.1 -- ./copies
