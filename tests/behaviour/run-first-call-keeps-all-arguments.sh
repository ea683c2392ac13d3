#!/bin/bash
# The call that opens the capsule passes on integers, floating point, variable arguments, vectors
# and the place for a returned structure; and errno.
. "${0%/*}/lib.sh"

cat >types.h <<END
#include <stdarg.h>
typedef struct { long a[10]; } big;
typedef float vector __attribute__((vector_size(VECTOR)));
END
cat >library.c <<END
#include <stdio.h>
#include "types.h"
big many(long a, long b, long c, long d, long e, long f, double g, double h, double i, double j,
         double k, double l, double m, double n, long o, double p) {
  return (big){{a + b, c + d, e + f, g + h, i + j, k + l, m + n, o, p, 1}};
}
int print(char *to, const char *format, ...) {
  va_list list; va_start(list, format);
  return vsprintf(to, format, list);
}
vector add(vector a, vector b, vector c, vector d, vector e, vector f, vector g, vector h) {
  return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8;
}
long double extended(long double a, _Complex double b) { return a + __real__ b + __imag__ b; }
END
cat >main.c <<END
#include <errno.h>
#include <stdio.h>
#include "types.h"
big many(long, long, long, long, long, long, double, double, double, double, double, double, double, double, long, double);
int print(char *, const char *, ...);
vector add(vector, vector, vector, vector, vector, vector, vector, vector);
long double extended(long double, _Complex double);
void early(void) {
  char text[99];
  big all;
  vector v = {0}, one = v + 1;
  errno = 77;
  switch (FIRST) {
  case 0:
    all = many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    for (int i = 0; i < 10; i++) printf("%ld ", all.a[i]);
    break;
  case 1:
    print(text, "%d %s %g %g %ld %c %d %d %g", 1, "two", 3.5, 4.25, 5L, '6', 7, 8, 9.0);
    printf("%s", text);
    break;
  case 2:
    v = add(one, one, one, one, one, one, one, one);
    for (int i = 0; i < VECTOR / 4; i++) if (v[i] != 36) printf("[%d] is %g ", i, v[i]);
    printf("vector");
    break;
  case 3: printf("%Lg", extended(0.5L, 2.25 + 1i)); break;
  }
  printf(" errno %d", errno);
}
__attribute__((section(".preinit_array"))) void *entry = early;
int main(void) {}
END
wanted=("3 7 11 15 19 23 27 15 16 1  errno 77" "1 two 3.5 4.25 5 6 7 8 9 errno 77" "vector errno 77" "3.75 errno 77")
for size in 16:sse2 32:avx 64:avx512f; do
    [[ $size == 16:sse2 ]] || grep -qw "${size#*:}" /proc/cpuinfo || continue
    options=(-I. "-DVECTOR=${size%:*}" "-m${size#*:}")
    library libarguments.so.1 "${options[@]}" <library.c
    for first in 0 1 2 3; do
        program main "${options[@]}" -DFIRST=$first "$libs/libarguments.so.1" <main.c
        # Before glibc 2.34 printf of floating point crashes so early, with or without a capsule.
        { LD_LIBRARY_PATH=$libs ./main >/dev/null; } 2>/dev/null || continue
        expect "${wanted[first]}" run libarguments.so.1 -- ./main
    done
done
