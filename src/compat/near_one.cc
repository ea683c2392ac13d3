// exp2m1, exp10m1, log2p1, log10p1 (C23 7.12.6; glibc 2.40): 2^x - 1, 10^x - 1 and logarithms of
// 1 + x, without the loss that writing them out has near zero. logp1 is an alias of log1p.
#include "real.h"

BASE_UNARY(expm1)
BASE_UNARY(log1p)
BASE_UNARY(exp2)

// The base's exp10, as compat-m provides a newer one itself.
FROM_BASE(double, exp10, (double));
extern "C" long double exp10l(long double) noexcept;
extern "C" __float128 exp10f128(__float128) noexcept;

using namespace compat;

namespace {

double of_exp10(double x) { return base_exp10(x); }
long double of_exp10(long double x) { return ::exp10l(x); }
real128 of_exp10(real128 x) { return ::exp10f128(x); }

// ln 2 and ln 10 to 113 bits.
constexpr real128 ln2 = 0.693147180559945309417232121458176568075500134360255254Q;
constexpr real128 ln10 = 2.302585092994045684017991454684364207601101488628772976Q;

// base^x - 1. For |x| < 1 by expm1(x ln base), in the wider type; beyond, the subtraction loses
// at most one bit of the wider type. In binary128, which has no wider one, what rounding of
// x * ln lost is put back: e^(a+b) - 1 = (e^a - 1) + b e^a to first order.
template <class T, class Power>
T power_minus_one(T x, real128 ln, Power power) {
  using W = Wider<T>;
  if (x == 0 || is_nan(x)) return x + x;
  const W wide = x;
  W result;
  if (magnitude(wide) >= 1) {
    result = power(wide) - 1;
  } else {
    const W product = wide * W(ln);
    result = of_expm1(product);
    if constexpr (mantissa_bits<T> == 113) {
      // Split x in two halves whose products with ln's halves are exact.
      const W factor = W(1ULL << 57) + 1;
      const W xh = wide * factor - (wide * factor - wide), xl = wide - xh;
      const W lh = W(ln) * factor - (W(ln) * factor - W(ln)), ll = W(ln) - lh;
      const W lost = ((xh * lh - product) + xh * ll + xl * lh) + xl * ll;
      result += lost * (result + 1);
    }
  }
  return rounded<T>(result);
}

template <class T>
T log_of_one_plus(T x, real128 ln) {
  using W = Wider<T>;
  if (x == 0) return x;
  return rounded<T>(of_log1p(W(x)) / W(ln));
}

}  // namespace

#define EXP2M1(T, name)                                                \
  PROVIDE(T, name, T x) {                                              \
    return power_minus_one(x, ln2, [](auto w) { return of_exp2(w); }); \
  }
#define EXP10M1(T, name)                                                 \
  PROVIDE(T, name, T x) {                                                \
    return power_minus_one(x, ln10, [](auto w) { return of_exp10(w); }); \
  }
#define LOG2P1(T, name) \
  PROVIDE(T, name, T x) { return log_of_one_plus(x, ln2); }
#define LOG10P1(T, name) \
  PROVIDE(T, name, T x) { return log_of_one_plus(x, ln10); }

EACH_REAL(EXP2M1, exp2m1)
EACH_REAL(EXP10M1, exp10m1)
EACH_REAL(LOG2P1, log2p1)
EACH_REAL(LOG10P1, log10p1)
