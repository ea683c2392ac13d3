// The 70 functions of <stdbit.h> against counting one bit at a time.
#include <cstdint>
#include <string>

#include "library.h"

using namespace compat_test;

namespace {

template <class T>
struct Naive {
  static constexpr unsigned width = sizeof(T) * 8;
  T x;
  bool bit(unsigned i) const { return (x >> i & 1) != 0; }
  unsigned leading(bool wanted) const {
    unsigned n = 0;
    while (n < width && bit(width - 1 - n) == wanted) ++n;
    return n;
  }
  unsigned trailing(bool wanted) const {
    unsigned n = 0;
    while (n < width && bit(n) == wanted) ++n;
    return n;
  }
  unsigned count(bool wanted) const {
    unsigned n = 0;
    for (unsigned i = 0; i < width; ++i) n += bit(i) == wanted;
    return n;
  }
  static unsigned position(unsigned skipped) { return skipped == width ? 0 : skipped + 1; }
};

template <class T>
void check(const std::string& suffix) {
  const auto count = [&](const char* name, T x) {
    return from_c<unsigned(T)>(("stdc_" + std::string(name) + suffix).c_str(), "GLIBC_2.39")(x);
  };
  const auto value = [&](const char* name, T x) {
    return from_c<T(T)>(("stdc_" + std::string(name) + suffix).c_str(), "GLIBC_2.39")(x);
  };
  const auto single = from_c<bool(T)>(("stdc_has_single_bit" + suffix).c_str(), "GLIBC_2.39");
  const auto try_one = [&](T x) {
    const Naive<T> naive{x};
    EXPECT_EQ(count("leading_zeros", x), naive.leading(false)) << suffix << " " << +x;
    EXPECT_EQ(count("leading_ones", x), naive.leading(true)) << suffix << " " << +x;
    EXPECT_EQ(count("trailing_zeros", x), naive.trailing(false)) << suffix << " " << +x;
    EXPECT_EQ(count("trailing_ones", x), naive.trailing(true)) << suffix << " " << +x;
    EXPECT_EQ(count("first_leading_zero", x), naive.position(naive.leading(true)))
        << suffix << " " << +x;
    EXPECT_EQ(count("first_leading_one", x), naive.position(naive.leading(false)))
        << suffix << " " << +x;
    EXPECT_EQ(count("first_trailing_zero", x), naive.position(naive.trailing(true)))
        << suffix << " " << +x;
    EXPECT_EQ(count("first_trailing_one", x), naive.position(naive.trailing(false)))
        << suffix << " " << +x;
    EXPECT_EQ(count("count_zeros", x), naive.count(false)) << suffix << " " << +x;
    EXPECT_EQ(count("count_ones", x), naive.count(true)) << suffix << " " << +x;
    EXPECT_EQ(single(x), naive.count(true) == 1) << suffix << " " << +x;
    EXPECT_EQ(count("bit_width", x), naive.width - naive.leading(false)) << suffix << " " << +x;
    T floor = 0, ceil = 0;
    for (unsigned i = 0; i < naive.width; ++i)
      if (T(T(1) << i) <= x) floor = T(T(1) << i);
    for (unsigned i = naive.width; i-- > 0;)
      if (T(T(1) << i) >= x) ceil = T(T(1) << i);
    EXPECT_EQ(value("bit_floor", x), floor) << suffix << " " << +x;
    EXPECT_EQ(value("bit_ceil", x), ceil) << suffix << " " << +x;
  };
  try_one(0);
  try_one(T(~T(0)));
  for (unsigned i = 0; i < Naive<T>::width; ++i) {
    const T one = T(T(1) << i);
    for (const T x : {one, T(one - 1), T(one + 1), T(~one), T(one * 5)}) try_one(x);
  }
}

}  // namespace

TEST(Stdbit, UnsignedChar) { check<unsigned char>("_uc"); }
TEST(Stdbit, UnsignedShort) { check<unsigned short>("_us"); }
TEST(Stdbit, UnsignedInt) { check<unsigned>("_ui"); }
TEST(Stdbit, UnsignedLong) { check<unsigned long>("_ul"); }
TEST(Stdbit, UnsignedLongLong) { check<unsigned long long>("_ull"); }
