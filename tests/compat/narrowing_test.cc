// Functions that round once to a narrower type, in each rounding mode: against this machine's where
// it has them, and everywhere at arguments whose exact result binary128 holds.
#include <cerrno>
#include <cfenv>
#include <cmath>
#include <random>

#include "library.h"

using namespace compat_test;

using f128 = __float128;

namespace {

constexpr int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

template <class N, class W>
void roots_like_this_machine(const char* name) {
  const auto ours = from_m<N(W)>(name, "GLIBC_2.35");
  const auto theirs = of_this_machine<N(W)>(name);
  if (theirs == nullptr) return;
  std::mt19937_64 random(3);
  for (const int mode : modes) {
    std::fesetround(mode);
    for (int i = 0; i < 3000; ++i) {
      const W x = W(random()) * W(std::ldexp(1.0, int(random() % 400) - 200));
      std::feclearexcept(FE_ALL_EXCEPT);
      const N mine = ours(x);
      const int raised = std::fetestexcept(FE_ALL_EXCEPT);
      std::feclearexcept(FE_ALL_EXCEPT);
      const N other = theirs(x);
      const int expected = std::fetestexcept(FE_ALL_EXCEPT);
      ASSERT_TRUE(mine == other) << name << " mode " << mode;
      ASSERT_EQ(raised, expected) << name << " mode " << mode;
    }
  }
  std::fesetround(FE_TONEAREST);
}

template <class N, class W>
void fused_like_this_machine(const char* name) {
  const auto ours = from_m<N(W, W, W)>(name, "GLIBC_2.35");
  const auto theirs = of_this_machine<N(W, W, W)>(name);
  if (theirs == nullptr) return;
  std::mt19937_64 random(5);
  for (const int mode : modes) {
    std::fesetround(mode);
    for (int i = 0; i < 3000; ++i) {
      const auto draw = [&] {
        return W(static_cast<long long>(random())) * W(std::ldexp(1.0, int(random() % 80) - 140));
      };
      const W x = draw(), y = draw();
      const W z = i % 2 == 0 ? draw() : -(x * y);
      ASSERT_TRUE(ours(x, y, z) == theirs(x, y, z)) << name << " mode " << mode;
    }
  }
  std::fesetround(FE_TONEAREST);
}

// N has at most 53 bits: the square of a number half-way between two has 108, and is exact.
template <class N, class W>
void roots_by_squaring(const char* name) {
  const auto root = from_m<N(W)>(name, "GLIBC_2.35");
  std::mt19937_64 random(17);
  const auto square = [](f128 x) { return x * x; };
  for (const int mode : modes) {
    for (int i = 0; i < 3000; ++i) {
      const W x = W(random()) * W(std::ldexp(1.0, int(random() % 200) - 100));
      std::fesetround(mode);
      const N got = root(x);
      std::fesetround(FE_TONEAREST);
      const f128 under = std::nextafter(got, N(0)), over = std::nextafter(got, N(INFINITY));
      const bool right = mode == FE_UPWARD ? square(under) < x && x <= square(got)
                         : mode != FE_TONEAREST
                             ? square(got) <= x && x < square(over)
                             : square((under + got) / 2) <= x && x <= square((got + over) / 2);
      ASSERT_TRUE(right) << name << " mode " << mode << " of " << double(x);
    }
  }
}

// Integers of 50 bits, the third of them up to 2^60 times as large: 112 bits hold every sum.
template <class N, class W>
void fused_by_integers(const char* name) {
  const auto fused = from_m<N(W, W, W)>(name, "GLIBC_2.35");
  std::mt19937_64 random(19);
  for (const int mode : modes) {
    for (int i = 0; i < 3000; ++i) {
      const auto draw = [&] { return W(static_cast<long long>(random()) >> 14); };
      const W x = draw(), y = draw(), z = draw() * W(std::ldexp(1.0, int(random() % 60)));
      const f128 exact = f128(x) * f128(y) + f128(z);
      std::fesetround(mode);
      const N got = fused(x, y, z), expected = N(exact);
      std::fesetround(FE_TONEAREST);
      ASSERT_TRUE(got == expected) << name << " mode " << mode;
    }
  }
}

}  // namespace

TEST(Narrowing, ExactArithmetic) {
  roots_by_squaring<float, double>("fsqrt");
  roots_by_squaring<float, long double>("fsqrtl");
  roots_by_squaring<double, long double>("dsqrtl");
  roots_by_squaring<double, f128>("f64sqrtf128");
  fused_by_integers<float, double>("ffma");
  fused_by_integers<float, long double>("ffmal");
  fused_by_integers<double, long double>("dfmal");
  fused_by_integers<double, f128>("f64fmaf128");
  fused_by_integers<long double, f128>("f64xfmaf128");
}

TEST(Narrowing, SquareRoots) {
  roots_like_this_machine<float, double>("fsqrt");
  roots_like_this_machine<float, long double>("fsqrtl");
  roots_like_this_machine<double, long double>("dsqrtl");
  roots_like_this_machine<double, f128>("f64sqrtf128");
  roots_like_this_machine<long double, f128>("f64xsqrtf128");
  errno = 0;
  EXPECT_TRUE(std::isnan(from_m<float(double)>("fsqrt", "GLIBC_2.35")(-1)));
  EXPECT_EQ(errno, EDOM);
}

TEST(Narrowing, MultiplyAdd) {
  fused_like_this_machine<float, double>("ffma");
  fused_like_this_machine<float, long double>("ffmal");
  fused_like_this_machine<double, long double>("dfmal");
  fused_like_this_machine<double, f128>("f64fmaf128");
  fused_like_this_machine<long double, f128>("f64xfmaf128");
  // 1 + 2^-24 + 2^-60: rounding twice would meet a tie and give 1.
  EXPECT_EQ((from_m<float(double, double, double)>("ffma", "GLIBC_2.35")(1 + 0x1p-24, 1, 0x1p-60)),
            1 + 0x1p-23f);
}
