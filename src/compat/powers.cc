// pown, powr, rootn, compoundn, rsqrt (C23 7.12.7; glibc 2.42), in the wider type.
//
// Special cases are those of C23 F.10.4. An integer exponent is exact in the 64 bits of the
// wider types, so pown is pow. In binary128 rootn and compoundn would lose bits for large
// arguments and are not provided.
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
                             : of_pow(wide, 1 / W(n));
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
EACH_REAL_BUT_F128(ROOTN, rootn)
EACH_REAL_BUT_F128(COMPOUNDN, compoundn)
EACH_REAL(RSQRT, rsqrt)
