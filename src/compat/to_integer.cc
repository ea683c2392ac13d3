// fromfp, ufromfp, fromfpx, ufromfpx as C23 has them in the end (7.12.9.10; glibc 2.43): round to
// an integral value that fits a signed or unsigned integer of `width` bits. The older ones, from
// a technical specification, return intmax_t; an alias would be wrong.
#include "real.h"

BASE_UNARY(ceil)
BASE_UNARY(floor)
BASE_UNARY(trunc)
BASE_UNARY(round)
BASE_UNARY(roundeven)
extern "C" int feraiseexcept(int) noexcept;

using namespace compat;

namespace {

#if defined(__x86_64__)
constexpr int inexact = 0x20;  // <fenv.h>
#elif defined(__aarch64__)
constexpr int inexact = 0x10;
#endif

template <class W>
W to_integral(W x, int direction) {
  switch (direction) {  // <bits/mathcalls.h>: FP_INT_UPWARD … FP_INT_TONEAREST
    case 0: return of_ceil(x);
    case 1: return of_floor(x);
    case 2: return of_trunc(x);
    case 3: return of_round(x);
    default: return of_roundeven(x);
  }
}

// 2^exponent; the types reach 2^16383, double 2^1023, and no larger one is asked for.
template <class W>
W power_of_two(unsigned exponent) {
  W result = 1;
  for (W square = 2; exponent != 0; exponent >>= 1, square *= square)
    if (exponent & 1) result *= square;
  return result;
}

template <class T>
T convert(T x, int direction, unsigned width, bool is_signed, bool tell_inexact) {
  using W = Wider<T>;  // has no NaN, overflow or loss of its own here
  if (!is_finite(x) || width == 0) return invalid<T>();
  const W whole = to_integral(W(x), direction);
  constexpr unsigned always_fits = sizeof(T) == 4 ? 130 : sizeof(T) == 8 ? 1026 : 16386;
  if (width < always_fits) {
    bool fits;
    if (is_signed) {
      const W half = power_of_two<W>(width - 1 < 16383 ? width - 1 : 16383);
      fits = whole >= -half && whole < half;
    } else {
      const W all = power_of_two<W>(width < 16383 ? width : 16383);
      fits = whole >= 0 && whole < all;
    }
    if (!fits) return invalid<T>();
  } else if (!is_signed && whole < 0) {
    return invalid<T>();
  }
  if (tell_inexact && whole != W(x)) feraiseexcept(inexact);
  return T(whole);
}

}  // namespace

#define FROMFP(T, name)                                  \
  PROVIDE(T, name, T x, int direction, unsigned width) { \
    return convert(x, direction, width, true, false);    \
  }
#define FROMFPX(T, name)                                 \
  PROVIDE(T, name, T x, int direction, unsigned width) { \
    return convert(x, direction, width, true, true);     \
  }
#define UFROMFP(T, name)                                 \
  PROVIDE(T, name, T x, int direction, unsigned width) { \
    return convert(x, direction, width, false, false);   \
  }
#define UFROMFPX(T, name)                                \
  PROVIDE(T, name, T x, int direction, unsigned width) { \
    return convert(x, direction, width, false, true);    \
  }

EACH_REAL(FROMFP, fromfp)
EACH_REAL(FROMFPX, fromfpx)
EACH_REAL(UFROMFP, ufromfp)
EACH_REAL(UFROMFPX, ufromfpx)
