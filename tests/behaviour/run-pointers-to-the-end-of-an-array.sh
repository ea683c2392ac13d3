#!/bin/bash
# Pointers in a library's data to the end of an exposed library's array, where the next one begins,
# to a place inside one, and to a table of assembly, whose symbol has no size.
. "${0%/*}/lib.sh"

library libarrays.so <<'END'
int first[4] = {1, 2, 3, 4}, second[4] = {5, 6, 7, 8}, third[4] = {9, 10, 11, 12};
__asm__(".data\n.globl table\n.type table, @object\ntable: .long 21, 22\n.previous");
END
at=$host library libsums.so "$libs/libarrays.so" <<'END'
extern int first[], second[], third[], table[];
int *begins[] = {first, second, third}, *ends[] = {first + 4, second + 4, third + 4};
int *inside = second + 1, *of_assembly = table;
int sum(int i) {
  int sum = 0;
  for (int *at = begins[i]; at != ends[i] && at < begins[i] + 100; at++) sum += *at;
  return sum;
}
END
program main "$host/libsums.so" "$libs/libarrays.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int sum(int);
extern int *inside, *of_assembly;
int main(void) {
  CLAIM("from the begin to the end", "%d %d %d", sum(0), sum(1), sum(2));
  CLAIM("inside", "%d", *inside);
  CLAIM("a table of assembly", "%d", of_assembly[1]);
}
END
claims_natively_and_in libarrays.so -- ./main <<'END'
from the begin to the end => 10 26 42
inside                    => 6
a table of assembly       => 22
END
