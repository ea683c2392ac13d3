// The absolute value in the unsigned type, so that the most negative number has one (C2y:
// uabs, ulabs, ullabs, uimaxabs in glibc 2.42; umaxabs, a later name of the last, in 2.43).
#include <stdint.h>

#include "provide.h"

#define ABSOLUTE(Unsigned, Signed, name)            \
  PROVIDE(Unsigned, name, Signed value) {           \
    const auto bits = static_cast<Unsigned>(value); \
    return value < 0 ? 0 - bits : bits;             \
  }

ABSOLUTE(unsigned, int, uabs)
ABSOLUTE(unsigned long, long, ulabs)
ABSOLUTE(unsigned long long, long long, ullabs)
ABSOLUTE(uintmax_t, intmax_t, uimaxabs)
ABSOLUTE(uintmax_t, intmax_t, umaxabs)
