// Square root and fused multiply-add that round once, to a narrower type (C23 7.12.14; glibc 2.35).
//
// Rounding twice (to the wide type, then to the narrow one) can be wrong by one unit. The cure is
// "round to odd" (Boldo and Melquiond, 2008): compute towards zero, and if bits were lost set the
// last one, so that the second rounding cannot meet a false tie. It holds for any rounding mode as
// long as the wide type has two bits more than the narrow one.
#include <stdint.h>
#include <string.h>

#include "real.h"

BASE_UNARY(sqrt)

extern "C" {
double fma(double, double, double) noexcept;
long double fmal(long double, long double, long double) noexcept;
__float128 fmaf128(__float128, __float128, __float128) noexcept;
int feholdexcept(void*) noexcept;
int feupdateenv(const void*) noexcept;
int fegetround() noexcept;
int fesetround(int) noexcept;
int fetestexcept(int) noexcept;
}

using namespace compat;

namespace {

#if defined(__x86_64__)
constexpr int toward_zero = 0xC00, inexact = 0x20;  // <fenv.h>
#elif defined(__aarch64__)
constexpr int toward_zero = 0xC00000, inexact = 0x10;
#endif

double multiply_add(double x, double y, double z) { return ::fma(x, y, z); }
long double multiply_add(long double x, long double y, long double z) { return ::fmal(x, y, z); }
real128 multiply_add(real128 x, real128 y, real128 z) { return ::fmaf128(x, y, z); }

// Every format here keeps the last bit of the mantissa in the first byte (little-endian).
template <class W>
W with_last_bit(W value) {
  unsigned char bytes[sizeof(W)];
  memcpy(bytes, &value, sizeof value);
  bytes[0] |= 1;
  memcpy(&value, bytes, sizeof value);
  return value;
}

// `compute()` in W, rounded to N once. What it raises is raised; the mode is the caller's again.
template <class N, class W, class Compute>
N once(Compute compute) {
  alignas(16) unsigned char environment[64];  // fenv_t is 32 bytes on x86-64, 8 on AArch64
  const int mode = fegetround();
  feholdexcept(environment);
  fesetround(toward_zero);
  volatile W wide = compute();
  const bool lost = fetestexcept(inexact) != 0;
  fesetround(mode);
  if (lost && is_finite(W(wide))) wide = with_last_bit(W(wide));
  volatile N narrow = N(W(wide));
  const N result = narrow;
  feupdateenv(environment);
  return result;
}

template <class N, class W>
N root(W x) {
  if (x < 0) return invalid<N>();
  volatile W in = x;
  const N result = once<N, W>([&] { return of_sqrt(W(in)); });
  if (is_finite(x) && x != 0 && (is_infinite(result) || result == 0)) set_errno(range_error);
  return result;
}

template <class N, class W>
N fused(W x, W y, W z) {
  volatile W a = x, b = y, c = z;
  const N result = once<N, W>([&] { return multiply_add(W(a), W(b), W(c)); });
  if (is_finite(x) && is_finite(y) && is_finite(z) && is_infinite(result)) set_errno(range_error);
  if (is_nan(result) && !is_nan(x) && !is_nan(y) && !is_nan(z)) set_errno(domain_error);
  return result;
}

}  // namespace

#define NARROW_ROOT(N, W, name) \
  PROVIDE(N, name, W x) { return root<N, W>(x); }
#define NARROW_FUSED(N, W, name) \
  PROVIDE(N, name, W x, W y, W z) { return fused<N, W>(x, y, z); }

NARROW_ROOT(float, double, fsqrt)
NARROW_ROOT(float, double, f32sqrtf64)
NARROW_ROOT(float, double, f32sqrtf32x)
NARROW_ROOT(float, long double, fsqrtl)
NARROW_ROOT(float, long double, f32sqrtf64x)
NARROW_ROOT(float, real128, f32sqrtf128)
NARROW_ROOT(double, long double, dsqrtl)
NARROW_ROOT(double, long double, f64sqrtf64x)
NARROW_ROOT(double, long double, f32xsqrtf64x)
NARROW_ROOT(double, real128, f64sqrtf128)
NARROW_ROOT(double, real128, f32xsqrtf128)
NARROW_ROOT(long double, real128, f64xsqrtf128)
PROVIDE(double, f32xsqrtf64, double x) { return of_sqrt(x); }  // one type on 64-bit machines

NARROW_FUSED(float, double, ffma)
NARROW_FUSED(float, double, f32fmaf64)
NARROW_FUSED(float, double, f32fmaf32x)
NARROW_FUSED(float, long double, ffmal)
NARROW_FUSED(float, long double, f32fmaf64x)
NARROW_FUSED(float, real128, f32fmaf128)
NARROW_FUSED(double, long double, dfmal)
NARROW_FUSED(double, long double, f64fmaf64x)
NARROW_FUSED(double, long double, f32xfmaf64x)
NARROW_FUSED(double, real128, f64fmaf128)
NARROW_FUSED(double, real128, f32xfmaf128)
NARROW_FUSED(long double, real128, f64xfmaf128)
PROVIDE(double, f32xfmaf64, double x, double y, double z) { return ::fma(x, y, z); }
