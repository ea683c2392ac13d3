// fmaximum, fminimum and their _num, _mag, _mag_num forms (C23 7.12.12; glibc 2.35).
//
// Other than fmax: -0 is less than +0, and a NaN is passed on. The _num forms take the number if
// only one argument is a NaN; the _mag forms compare magnitudes, equal ones as fmaximum does.
#include "real.h"

using namespace compat;

namespace {

struct Greater {
  template <class T>
  static bool prefers(T x, T y) {
    return x > y || (x == y && is_negative(y));
  }
};
struct Less {
  template <class T>
  static bool prefers(T x, T y) {
    return x < y || (x == y && is_negative(x));
  }
};

template <class Order, class T>
T of_values(T x, T y) {
  if (is_nan(x) || is_nan(y)) return x + y;
  return Order::prefers(x, y) ? x : y;
}

template <class Order, class T>
T of_magnitudes(T x, T y) {
  if (is_nan(x) || is_nan(y)) return x + y;
  const T a = magnitude(x), b = magnitude(y);
  if (a == b) return of_values<Order>(x, y);
  return Order::prefers(a, b) ? x : y;
}

// The number among the two if only one is one; adding raises "invalid" for a signalling NaN.
template <class T, class Choose>
T of_numbers(T x, T y, Choose choose) {
  if (is_nan(x) != is_nan(y)) {
    volatile T raised = x + y;
    (void)raised;
    return is_nan(x) ? y : x;
  }
  return choose(x, y);
}

}  // namespace

#define VALUES_MAX(T, name) \
  PROVIDE(T, name, T x, T y) { return of_values<Greater>(x, y); }
#define VALUES_MIN(T, name) \
  PROVIDE(T, name, T x, T y) { return of_values<Less>(x, y); }
#define MAGNITUDES_MAX(T, name) \
  PROVIDE(T, name, T x, T y) { return of_magnitudes<Greater>(x, y); }
#define MAGNITUDES_MIN(T, name) \
  PROVIDE(T, name, T x, T y) { return of_magnitudes<Less>(x, y); }
#define NUMBERS_MAX(T, name) \
  PROVIDE(T, name, T x, T y) { return of_numbers(x, y, of_values<Greater, T>); }
#define NUMBERS_MIN(T, name) \
  PROVIDE(T, name, T x, T y) { return of_numbers(x, y, of_values<Less, T>); }
#define NUMBER_MAGNITUDES_MAX(T, name) \
  PROVIDE(T, name, T x, T y) { return of_numbers(x, y, of_magnitudes<Greater, T>); }
#define NUMBER_MAGNITUDES_MIN(T, name) \
  PROVIDE(T, name, T x, T y) { return of_numbers(x, y, of_magnitudes<Less, T>); }

EACH_REAL(VALUES_MAX, fmaximum)
EACH_REAL(VALUES_MIN, fminimum)
EACH_REAL(MAGNITUDES_MAX, fmaximum_mag)
EACH_REAL(MAGNITUDES_MIN, fminimum_mag)
EACH_REAL(NUMBERS_MAX, fmaximum_num)
EACH_REAL(NUMBERS_MIN, fminimum_num)
EACH_REAL(NUMBER_MAGNITUDES_MAX, fmaximum_mag_num)
EACH_REAL(NUMBER_MAGNITUDES_MIN, fminimum_mag_num)
