// <stdbit.h> of C23 (glibc 2.39): 14 functions for each of the five unsigned types.
//
// C23 7.18: "first" positions count from 1, 0 meaning that there is none; counts are unsigned
// int; bit_ceil of what has no answer in the type is 0.
#include "provide.h"

namespace {

template <class T>
constexpr unsigned width = sizeof(T) * 8;
template <class T>
constexpr T inverted(T x) {
  return T(~x);
}

template <class T>
unsigned leading_zeros(T x) {
  constexpr unsigned surplus = width<unsigned long long> - width<T>;
  return x == 0 ? width<T> : unsigned(__builtin_clzll(x)) - surplus;
}
template <class T>
unsigned leading_ones(T x) {
  return leading_zeros(inverted(x));
}
template <class T>
unsigned trailing_zeros(T x) {
  return x == 0 ? width<T> : unsigned(__builtin_ctzll(x));
}
template <class T>
unsigned trailing_ones(T x) {
  return trailing_zeros(inverted(x));
}
template <class T>
unsigned first_leading_one(T x) {
  return x == 0 ? 0 : leading_zeros(x) + 1;
}
template <class T>
unsigned first_leading_zero(T x) {
  return first_leading_one(inverted(x));
}
template <class T>
unsigned first_trailing_one(T x) {
  return x == 0 ? 0 : trailing_zeros(x) + 1;
}
template <class T>
unsigned first_trailing_zero(T x) {
  return first_trailing_one(inverted(x));
}
template <class T>
unsigned count_ones(T x) {
  unsigned count = 0;
  for (; x != 0; x = T(x & (x - 1))) ++count;
  return count;
}
template <class T>
unsigned count_zeros(T x) {
  return count_ones(inverted(x));
}
template <class T>
bool has_single_bit(T x) {
  return x != 0 && (x & (x - 1)) == 0;
}
template <class T>
unsigned bit_width(T x) {
  return width<T> - leading_zeros(x);
}
template <class T>
T bit_floor(T x) {
  return x == 0 ? T(0) : T(T(1) << (bit_width(x) - 1));
}
template <class T>
T bit_ceil(T x) {
  if (x <= 1) return T(1);
  const unsigned shift = bit_width(T(x - 1));
  return shift == width<T> ? T(0) : T(T(1) << shift);
}

}  // namespace

#define EACH_TYPE(Result, name)                                                           \
  PROVIDE(Result(unsigned char), stdc_##name##_uc, unsigned char x) { return name(x); }   \
  PROVIDE(Result(unsigned short), stdc_##name##_us, unsigned short x) { return name(x); } \
  PROVIDE(Result(unsigned), stdc_##name##_ui, unsigned x) { return name(x); }             \
  PROVIDE(Result(unsigned long), stdc_##name##_ul, unsigned long x) { return name(x); }   \
  PROVIDE(Result(unsigned long long), stdc_##name##_ull, unsigned long long x) { return name(x); }

#define COUNT(type) unsigned
#define TRUTH(type) bool
#define SAME(type) type

EACH_TYPE(COUNT, leading_zeros)
EACH_TYPE(COUNT, leading_ones)
EACH_TYPE(COUNT, trailing_zeros)
EACH_TYPE(COUNT, trailing_ones)
EACH_TYPE(COUNT, first_leading_zero)
EACH_TYPE(COUNT, first_leading_one)
EACH_TYPE(COUNT, first_trailing_zero)
EACH_TYPE(COUNT, first_trailing_one)
EACH_TYPE(COUNT, count_zeros)
EACH_TYPE(COUNT, count_ones)
EACH_TYPE(TRUTH, has_single_bit)
EACH_TYPE(COUNT, bit_width)
EACH_TYPE(SAME, bit_floor)
EACH_TYPE(SAME, bit_ceil)
