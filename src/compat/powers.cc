// pown, powr, rootn, compoundn, rsqrt (C23 7.12.7; glibc 2.42), in the wider type.
//
// Special cases are those of C23 F.10.4. An integer exponent is exact in the 64 bits of the
// wider types, so pown is pow. binary128 has no wider type: there rootn and compoundn compute what
// the formula lost, and put it back.
#include <limits.h>

#include "real.h"

BASE_UNARY(sqrt)
BASE_UNARY(cbrt)
BASE_UNARY(exp)
BASE_UNARY(log1p)
BASE_BINARY(pow)

using namespace compat;

namespace {

// double has 53 bits: not enough for every long long, so float takes long double here as well.
template <class T>
using PowerType = Wider<Wider<T>>;

template <class T>
T integer_power(T x, long long n) {
  using W = PowerType<T>;
  const W result = of_pow(W(x), W(n));
  if (x == 0 && n < 0) set_errno(range_error);
  return rounded<T>(result);
}

// x^y for x >= 0 only, by its derivation as exp(y log x): 0^0, inf^0 and 1^inf have no answer.
template <class T>
T real_power(T x, T y) {
  using W = Wider<T>;
  if (x < 0) return invalid<T>();
  if (is_nan(x) || is_nan(y)) return x + y;
  if ((x == 0 || is_infinite(x)) && y == 0) return invalid<T>();
  if (x == 1 && is_infinite(y)) return invalid<T>();
  if (x == 0) {
    if (y > 0) return T(0);
    return is_infinite(y) ? magnitude(y) : pole<T>(false);
  }
  return rounded<T>(of_pow(W(x), W(y)));
}

real128 power_of_two(int exponent) {  // a normal one
  const auto bits = static_cast<unsigned __int128>(exponent + 16383) << 112;
  real128 result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

// x^(1/n) for positive x, |n| > 3 and T = binary128. The exponent 1/n is rounded, which costs
// |log x| / n units: a step of Newton's method on y^n = x, whose own error is divided by n, takes
// them away again. It needs a y^n that neither overflows nor is subnormal, so an x at the edge is
// scaled by a power of two with a whole root; for large n there is nothing to correct.
real128 corrected_root(real128 x, long long n) {
  constexpr int edge = 16000, step = 1024;  // of exponents, which end at 16384
  if (n >= 8 * step || n <= -8 * step) return of_pow(x, 1 / real128(n));
  const int size = int(n < 0 ? -n : n);
  int shift = 0;  // of the root: x shifts by size times as much
  if (x < power_of_two(-edge)) shift = (step + size - 1) / size;
  if (x > power_of_two(edge)) shift = -((step + size - 1) / size);
  const real128 inside = shift == 0 ? x : x * power_of_two(shift * size);
  real128 root = of_pow(inside, 1 / real128(n));
  root -= root * ((of_pow(root, real128(n)) / inside - 1) / real128(n));
  return shift == 0 ? root : root * power_of_two(n < 0 ? shift : -shift);
}

// (1 + x)^n for T = binary128 and x > -1. What 1 + x loses when it is rounded is known exactly, and
// is so small that the power series of its share ends after two terms.
real128 corrected_compound(real128 x, long long n) {
  const bool large = x > 1;
  const real128 sum = 1 + x;
  const real128 lost = large ? 1 - (sum - x) : x - (sum - 1);
  const real128 power = of_pow(sum, real128(n));
  const real128 share = real128(n) * (lost / sum);
  if (!is_finite(power) || power == 0) return power;
  return power + power * (share + share * share / 2);
}

template <class T, class W>
W general_root(W x, long long n) {
  if constexpr (mantissa_bits<T> == mantissa_bits<W>)
    return corrected_root(x, n);
  else
    return of_pow(x, 1 / W(n));
}

// The real n-th root. 1/n rounds, which pow multiplies by log x: at most 2^9 of the 2^11 units
// that the wider type has to spare; the roots in daily use are exact functions of the base.
template <class T>
T nth_root(T x, long long n) {
  using W = PowerType<T>;
  if (n == 0) return invalid<T>();
  if (is_nan(x)) return x + x;
  const bool odd = (n & 1) != 0;
  if (x < 0 && !odd) return invalid<T>();
  if (x == 0) {
    if (n < 0) return pole<T>(odd && is_negative(x));
    return odd ? x : T(0);
  }
  if (is_infinite(x)) {
    const T size = n > 0 ? magnitude(x) : T(0);
    return x < 0 ? -size : size;
  }
  const W wide = magnitude(W(x));
  const W result = n == 1    ? wide
                   : n == -1 ? 1 / wide
                   : n == 2  ? of_sqrt(wide)
                   : n == 3  ? of_cbrt(wide)
                             : general_root<T>(wide, n);
  return rounded<T>(x < 0 ? -result : result);
}

// (1 + x)^n.
template <class T>
T compound(T x, long long n) {
  using W = PowerType<T>;
  if (x < -1) return invalid<T>();
  if (n == 0) return T(1);
  if (is_nan(x)) return x + x;
  if (x == -1) return n < 0 ? pole<T>(false) : T(0);
  if (is_infinite(x)) return n > 0 ? x : T(0);
  if constexpr (mantissa_bits<T> == mantissa_bits<W>)
    return corrected_compound(x, n);
  else
    return rounded<T>(of_exp(W(n) * of_log1p(W(x))));
}

template <class T>
T reciprocal_root(T x) {
  if (is_nan(x)) return x + x;
  if (x == 0) return pole<T>(is_negative(x));
  if (x < 0) return invalid<T>();
  return T(1 / of_sqrt(Wider<T>(x)));
}

}  // namespace

#define POWN(T, name) \
  PROVIDE(T, name, T x, long long n) { return integer_power(x, n); }
#define POWR(T, name) \
  PROVIDE(T, name, T x, T y) { return real_power(x, y); }
#define ROOTN(T, name) \
  PROVIDE(T, name, T x, long long n) { return nth_root(x, n); }
#define COMPOUNDN(T, name) \
  PROVIDE(T, name, T x, long long n) { return compound(x, n); }
#define RSQRT(T, name) \
  PROVIDE(T, name, T x) { return reciprocal_root(x); }

EACH_REAL(POWN, pown)
EACH_REAL(POWR, powr)
EACH_REAL(ROOTN, rootn)
EACH_REAL(COMPOUNDN, compoundn)
EACH_REAL(RSQRT, rsqrt)
