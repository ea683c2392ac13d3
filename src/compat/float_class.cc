// __isnanf128 of libc.so.6 (glibc 2.34; in libm.so.6 since 2.26).
#include "provide.h"

PROVIDE(int, __isnanf128, __float128 x) { return x != x; }
