// The real types of libm, and the base's functions by overload.
//
// Most functions that compat-m implements are one formula, computed in a type with more bits than
// the result has and then rounded once: that is what makes a simple formula good to within one
// unit in the last place. float is computed in double, double in long double (64 bits of mantissa
// on x86-64), long double in binary128. binary128 itself has nothing wider; where the formula
// would lose bits there, the function has another one.
#pragma once

#include "provide.h"

extern "C" int* __errno_location() noexcept;

namespace compat {

using real128 = __float128;

template <class T>
struct WiderType;
template <>
struct WiderType<float> {
  using type = double;
};
template <>
struct WiderType<double> {
  using type = long double;
};
template <>
struct WiderType<long double> {
  using type = real128;
};
template <>
struct WiderType<real128> {
  using type = real128;
};
template <class T>
using Wider = typename WiderType<T>::type;

template <class T>
inline constexpr int mantissa_bits = 0;
template <>
inline constexpr int mantissa_bits<float> = 24;
template <>
inline constexpr int mantissa_bits<double> = 53;
template <>
inline constexpr int mantissa_bits<long double> = __LDBL_MANT_DIG__;
template <>
inline constexpr int mantissa_bits<real128> = 113;

template <class T>
bool is_nan(T x) {
  return x != x;
}
// By comparison: infinity minus itself would raise "invalid".
template <class T>
bool is_infinite(T x) {
  return __builtin_isinf(x) != 0;
}
template <class T>
bool is_finite(T x) {
  return __builtin_isfinite(x) != 0;
}

inline bool is_negative(float x) { return __builtin_signbit(x) != 0; }
inline bool is_negative(double x) { return __builtin_signbit(x) != 0; }
inline bool is_negative(long double x) { return __builtin_signbit(x) != 0; }
inline bool is_negative(real128 x) { return __builtin_signbit(x) != 0; }

template <class T>
T magnitude(T x) {
  return is_negative(x) ? -x : x;
}
template <class T>
T with_sign_of(T x, T sign) {
  return is_negative(sign) ? -magnitude(x) : magnitude(x);
}

// ISO C 7.12.1: a domain error is EDOM and "invalid", a pole error ERANGE and "divide by zero".
inline constexpr int domain_error = 33, range_error = 34;  // EDOM, ERANGE of Linux
inline void set_errno(int number) { *__errno_location() = number; }

template <class T>
T invalid() {
  set_errno(domain_error);
  volatile T zero = 0;
  return zero / zero;
}
template <class T>
T pole(bool negative) {
  set_errno(range_error);
  volatile T zero = 0;
  return (negative ? T(-1) : T(1)) / zero;
}

// `value` rounded to T; ERANGE if that made it infinite or zero.
template <class T, class W>
T rounded(W value) {
  const T result = T(value);
  if ((is_infinite(result) && is_finite(value)) || (result == 0 && value != 0))
    set_errno(range_error);
  return result;
}

// The base's functions of one and two arguments, by overload: of<double> is `name`, and so on.
#define BASE_UNARY(name)                                                \
  extern "C" {                                                          \
  double name(double) noexcept;                                         \
  long double name##l(long double) noexcept;                            \
  __float128 name##f128(__float128) noexcept;                           \
  }                                                                     \
  namespace compat {                                                    \
  inline double of_##name(double x) { return ::name(x); }               \
  inline long double of_##name(long double x) { return ::name##l(x); }  \
  inline __float128 of_##name(__float128 x) { return ::name##f128(x); } \
  }

#define BASE_BINARY(name)                                                                \
  extern "C" {                                                                           \
  double name(double, double) noexcept;                                                  \
  long double name##l(long double, long double) noexcept;                                \
  __float128 name##f128(__float128, __float128) noexcept;                                \
  }                                                                                      \
  namespace compat {                                                                     \
  inline double of_##name(double x, double y) { return ::name(x, y); }                   \
  inline long double of_##name(long double x, long double y) { return ::name##l(x, y); } \
  inline __float128 of_##name(__float128 x, __float128 y) { return ::name##f128(x, y); } \
  }

// `define(type, full_name)` for each real type and each name that libm has for it.
#define EACH_REAL_BUT_F128(define, name)                                                         \
  define(float, name##f) define(float, name##f32) define(double, name) define(double, name##f64) \
      define(double, name##f32x) define(long double, name##l) define(long double, name##f64x)
#define EACH_REAL(define, name)    \
  EACH_REAL_BUT_F128(define, name) \
  define(real128, name##f128)

}  // namespace compat
