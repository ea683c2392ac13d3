// Trigonometry in half turns: sinpi(x) = sin(pi x) and its kin (C23 7.12.4; glibc 2.41).
//
// The reduction is exact (fmod), so that integers and halves, where the answer is 0, 1 or a pole,
// are met exactly; the rest is the base's function in the wider type. Signs of zeros and poles
// are those of C23 F.10.1.12 to F.10.1.14.
#include "real.h"

BASE_UNARY(sin)
BASE_UNARY(cos)
BASE_UNARY(tan)
BASE_UNARY(asin)
BASE_UNARY(acos)
BASE_UNARY(atan)
BASE_BINARY(atan2)

// The base's fmod, as compat-m provides a newer one itself.
FROM_BASE(double, fmod, (double, double));
FROM_BASE(float, fmodf, (float, float));
extern "C" long double fmodl(long double, long double) noexcept;
extern "C" __float128 fmodf128(__float128, __float128) noexcept;

using namespace compat;

namespace {

float remainder_of(float x, float y) { return base_fmodf(x, y); }
double remainder_of(double x, double y) { return base_fmod(x, y); }
long double remainder_of(long double x, long double y) { return ::fmodl(x, y); }
real128 remainder_of(real128 x, real128 y) { return ::fmodf128(x, y); }

constexpr real128 pi = 3.14159265358979323846264338327950288419716939937510582Q;

// |x| = 2k + quarter/2 + rest, with |rest| <= 1/4 and quarter in 0 ... 3, both exact.
template <class T>
struct Reduced {
  int quarter;
  T rest;
};

template <class T>
Reduced<T> reduce(T x) {
  const T turn = remainder_of(magnitude(x), T(2));
  const int quarter = int(turn * 2 + T(0.5));
  return {quarter & 3, turn - T(quarter) / 2};
}

template <class T>
Wider<T> angle(T rest) {
  return Wider<T>(rest) * Wider<T>(pi);
}

template <class T>
T sine(T x) {
  if (is_nan(x)) return x + x;
  if (is_infinite(x)) return invalid<T>();
  const auto [quarter, rest] = reduce(x);
  if (rest == 0 && quarter % 2 == 0) return with_sign_of(T(0), x);
  const Wider<T> part = quarter % 2 == 0 ? of_sin(angle(rest)) : of_cos(angle(rest));
  const T result = rounded<T>(quarter >= 2 ? -part : part);
  return is_negative(x) ? -result : result;
}

template <class T>
T cosine(T x) {
  if (is_nan(x)) return x + x;
  if (is_infinite(x)) return invalid<T>();
  const auto [quarter, rest] = reduce(x);
  if (rest == 0 && quarter % 2 != 0) return T(0);
  const Wider<T> part = quarter % 2 == 0 ? of_cos(angle(rest)) : of_sin(angle(rest));
  return rounded<T>(quarter == 1 || quarter == 2 ? -part : part);
}

template <class T>
T tangent(T x) {
  if (is_nan(x)) return x + x;
  if (is_infinite(x)) return invalid<T>();
  const auto [quarter, rest] = reduce(x);
  const bool negative = is_negative(x);
  if (rest == 0 && quarter % 2 == 0) return (quarter == 2) != negative ? -T(0) : T(0);
  if (rest == 0) return pole<T>((quarter == 3) != negative);
  const Wider<T> tan = of_tan(angle(rest));
  const T result = rounded<T>(quarter % 2 == 0 ? tan : -1 / tan);
  return negative ? -result : result;
}

template <class T>
T in_half_turns(Wider<T> angle) {
  return rounded<T>(angle / Wider<T>(pi));
}

}  // namespace

#define SINPI(T, name) \
  PROVIDE(T, name, T x) { return sine(x); }
#define COSPI(T, name) \
  PROVIDE(T, name, T x) { return cosine(x); }
#define TANPI(T, name) \
  PROVIDE(T, name, T x) { return tangent(x); }
#define ASINPI(T, name) \
  PROVIDE(T, name, T x) { return in_half_turns<T>(of_asin(Wider<T>(x))); }
#define ACOSPI(T, name) \
  PROVIDE(T, name, T x) { return in_half_turns<T>(of_acos(Wider<T>(x))); }
#define ATANPI(T, name) \
  PROVIDE(T, name, T x) { return in_half_turns<T>(of_atan(Wider<T>(x))); }
#define ATAN2PI(T, name) \
  PROVIDE(T, name, T y, T x) { return in_half_turns<T>(of_atan2(Wider<T>(y), Wider<T>(x))); }

EACH_REAL(SINPI, sinpi)
EACH_REAL(COSPI, cospi)
EACH_REAL(TANPI, tanpi)
EACH_REAL(ASINPI, asinpi)
EACH_REAL(ACOSPI, acospi)
EACH_REAL(ATANPI, atanpi)
EACH_REAL(ATAN2PI, atan2pi)
