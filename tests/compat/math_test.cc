// compat-m against the same formula in binary128, against this machine's own functions where it
// has them, and at the special cases that C23 F.10 names.
#include <cerrno>
#include <cfenv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "library.h"

// glibc's functions for binary128, under names of ours: the headers declare them with _Float128,
// which from GCC 13 on is another type in C++ than __float128.
namespace quad {
#define BINARY128(name, ...) __float128 name(__VA_ARGS__) noexcept __asm__(#name "f128")
BINARY128(expm1, __float128);
BINARY128(log1p, __float128);
BINARY128(sin, __float128);
BINARY128(cos, __float128);
BINARY128(tan, __float128);
BINARY128(asin, __float128);
BINARY128(acos, __float128);
BINARY128(atan, __float128);
BINARY128(atan2, __float128, __float128);
BINARY128(pow, __float128, __float128);
BINARY128(sqrt, __float128);
BINARY128(exp, __float128);
BINARY128(fma, __float128, __float128, __float128);
#undef BINARY128
}  // namespace quad

using namespace compat_test;

namespace {

using f128 = __float128;
using limits = std::numeric_limits<double>;
constexpr double inf = limits::infinity();
const double nan_value = limits::quiet_NaN();
const f128 pi = 3.14159265358979323846264338327950288419716939937510582Q;
const f128 ln2 = 0.693147180559945309417232121458176568075500134360255254Q;
const f128 ln10 = 2.302585092994045684017991454684364207601101488628772976Q;

template <class Function>
Function* math(const std::string& name, const char* version) {
  return from_m<Function>(name.c_str(), version);
}

// How far `got` is from the truth, in units of its own last place.
template <class T>
double error_in_ulps(T got, f128 truth) {
  if (std::isnan(got) && truth != truth) return 0;
  const T nearest = T(truth);
  if (got == nearest) return 0;
  if (!std::isfinite(got) || !std::isfinite(nearest)) return inf;
  const T next = std::nextafter(std::abs(nearest), std::numeric_limits<T>::infinity());
  const f128 unit = f128(next) - f128(std::abs(nearest));
  const f128 distance = f128(got) - truth;
  return double((distance < 0 ? -distance : distance) / unit);
}

template <class T>
std::string suffix();
template <>
std::string suffix<float>() {
  return "f";
}
template <>
std::string suffix<double>() {
  return "";
}
template <>
std::string suffix<long double>() {
  return "l";
}

template <class T, class Truth>
void near_truth(const char* name, const char* version, double low, double high, Truth truth) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(low, high);
  const auto function = math<T(T)>(name + suffix<T>(), version);
  double worst = 0;
  for (int i = 0; i < 3000; ++i) {
    const T x = T(uniform(random) * (i % 4 == 0 ? std::ldexp(1.0, -int(random() % 40)) : 1.0));
    worst = std::max(worst, error_in_ulps(function(x), truth(f128(x))));
  }
  EXPECT_LE(worst, 1.0) << name << suffix<T>();
}

template <class Truth>
void near_truth_all(const char* name, const char* version, double low, double high, Truth truth) {
  near_truth<float>(name, version, low, high, truth);
  near_truth<double>(name, version, low, high, truth);
  near_truth<long double>(name, version, low, high, truth);
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

}  // namespace

TEST(Aliases, GoToTheBase) {
  EXPECT_EQ((math<double(double, double)>("fmod", "GLIBC_2.38")(7.5, 2)), 1.5);
  EXPECT_EQ((math<float(float, float)>("fmodf", "GLIBC_2.38")(7.5f, 2)), 1.5f);
  EXPECT_EQ((math<double(double, double)>("hypot", "GLIBC_2.35")(3, 4)), 5);
  EXPECT_EQ((math<float(float, float)>("hypotf", "GLIBC_2.35")(3, 4)), 5);
  EXPECT_EQ((math<double(double)>("exp10", "GLIBC_2.39")(2)), 100);
  EXPECT_EQ((math<float(float)>("exp10f", "GLIBC_2.32")(2)), 100);
  EXPECT_EQ((math<float(float)>("sqrtf", "GLIBC_2.43")(9)), 3);
  EXPECT_EQ((math<double(double, double)>("remainder", "GLIBC_2.43")(5, 3)), -1);
  EXPECT_EQ((math<double(double)>("sinh", "GLIBC_2.44")(0)), 0);
  EXPECT_EQ((math<double(double)>("cosh", "GLIBC_2.44")(0)), 1);
  EXPECT_EQ((math<double(double)>("logp1", "GLIBC_2.40")(0.5)), std::log1p(0.5));
  errno = 0;
  EXPECT_TRUE(std::isnan(math<double(double, double)>("fmod", "GLIBC_2.38")(1, 0)));
  EXPECT_EQ(errno, EDOM);
}

TEST(NearOne, WithinAnUlp) {
  near_truth_all("exp2m1", "GLIBC_2.40", -20, 100, [](f128 x) { return quad::expm1(x * ln2); });
  near_truth_all("exp10m1", "GLIBC_2.40", -20, 30, [](f128 x) { return quad::expm1(x * ln10); });
  near_truth_all("log2p1", "GLIBC_2.40", -0.999, 1000, [](f128 x) { return quad::log1p(x) / ln2; });
  near_truth_all("log10p1", "GLIBC_2.40", -0.999, 1000,
                 [](f128 x) { return quad::log1p(x) / ln10; });
  const auto exp2m1 = math<double(double)>("exp2m1", "GLIBC_2.40");
  EXPECT_TRUE(same(exp2m1(-0.0), -0.0));
  EXPECT_EQ(exp2m1(-inf), -1);
  EXPECT_EQ(exp2m1(10), 1023);
  errno = 0;
  EXPECT_EQ(exp2m1(2000), inf);
  EXPECT_EQ(errno, ERANGE);
  errno = 0;
  EXPECT_EQ(math<double(double)>("log2p1", "GLIBC_2.40")(-1), -inf);
  EXPECT_EQ(errno, ERANGE);
  EXPECT_EQ(math<double(double)>("log2p1", "GLIBC_2.40")(7), 3);
}

TEST(NearOne, Binary128AgreesWithItself) {
  const auto exp2m1 = math<f128(f128)>("exp2m1f128", "GLIBC_2.40");
  // exp2m1(x) = exp2m1(x/2) * (exp2m1(x/2) + 2)
  for (const double x : {0.3, 0.7, -0.4, 1e-9, 0.9999}) {
    const f128 half = exp2m1(f128(x) / 2), whole = exp2m1(f128(x));
    const f128 off = (whole - half * (half + 2)) / whole;
    EXPECT_LT(std::abs(double(off)), 8e-34) << x;
  }
}

TEST(HalfTurns, WithinAnUlp) {
  near_truth_all("sinpi", "GLIBC_2.41", -0.25, 0.25, [](f128 x) { return quad::sin(x * pi); });
  near_truth_all("cospi", "GLIBC_2.41", -0.25, 0.25, [](f128 x) { return quad::cos(x * pi); });
  near_truth_all("tanpi", "GLIBC_2.41", -0.25, 0.25, [](f128 x) { return quad::tan(x * pi); });
  near_truth_all("asinpi", "GLIBC_2.41", -1, 1, [](f128 x) { return quad::asin(x) / pi; });
  near_truth_all("acospi", "GLIBC_2.41", -1, 1, [](f128 x) { return quad::acos(x) / pi; });
  near_truth_all("atanpi", "GLIBC_2.41", -50, 50, [](f128 x) { return quad::atan(x) / pi; });
  // Away from the poles, where the product with pi in binary128 is still truth enough.
  near_truth<double>("sinpi", "GLIBC_2.41", 0.3, 0.7, [](f128 x) { return quad::sin(x * pi); });
  near_truth<double>("cospi", "GLIBC_2.41", 0.8, 1.2, [](f128 x) { return quad::cos(x * pi); });
  near_truth<double>("tanpi", "GLIBC_2.41", 0.55, 1.45, [](f128 x) { return quad::tan(x * pi); });
}

TEST(HalfTurns, ExactPlacesAndSigns) {
  const auto sinpi = math<double(double)>("sinpi", "GLIBC_2.41");
  const auto cospi = math<double(double)>("cospi", "GLIBC_2.41");
  const auto tanpi = math<double(double)>("tanpi", "GLIBC_2.41");
  for (int n = -9; n <= 9; ++n) {
    const bool even = n % 2 == 0;
    EXPECT_TRUE(same(sinpi(n), n >= 0 ? 0.0 : -0.0)) << n;
    EXPECT_TRUE(same(cospi(n), even ? 1 : -1)) << n;
    EXPECT_TRUE(same(tanpi(n), (n >= 0) == even ? 0.0 : -0.0)) << n;
    EXPECT_TRUE(same(sinpi(n + 0.5), even ? 1 : -1)) << n;
    EXPECT_TRUE(same(cospi(n + 0.5), 0.0)) << n;
    EXPECT_TRUE(same(tanpi(n + 0.5), even ? inf : -inf)) << n;
    EXPECT_NEAR(tanpi(n + 0.25), 1, 1e-15) << n;
    EXPECT_NEAR(sinpi(n + 1.0 / 6), even ? 0.5 : -0.5, 4e-15) << n;  // x itself is rounded
    EXPECT_NEAR(cospi(n + 1.0 / 3), even ? 0.5 : -0.5, 4e-15) << n;
  }
  EXPECT_TRUE(same(sinpi(-0.0), -0.0));
  EXPECT_TRUE(same(tanpi(-0.0), -0.0));
  EXPECT_EQ(sinpi(1e300), 0);
  EXPECT_EQ(cospi(1e300), 1);
  EXPECT_EQ(cospi(9007199254740991.0), -1);
  errno = 0;
  EXPECT_TRUE(std::isnan(sinpi(inf)));
  EXPECT_EQ(errno, EDOM);
  EXPECT_TRUE(same(math<double(double)>("acospi", "GLIBC_2.41")(1), 0.0));
  EXPECT_EQ((math<double(double, double)>("atan2pi", "GLIBC_2.41")(1, -1)), 0.75);
  EXPECT_TRUE(same(math<double(double, double)>("atan2pi", "GLIBC_2.41")(-0.0, -1), -1.0));
}

TEST(Powers, WithinAnUlp) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(0.01, 20);
  const auto pown = math<double(double, long long)>("pown", "GLIBC_2.42");
  const auto powr = math<double(double, double)>("powr", "GLIBC_2.42");
  const auto rootn = math<double(double, long long)>("rootn", "GLIBC_2.42");
  const auto rootnl = math<long double(long double, long long)>("rootnl", "GLIBC_2.42");
  const auto compoundn = math<double(double, long long)>("compoundn", "GLIBC_2.42");
  const auto rsqrt = math<double(double)>("rsqrt", "GLIBC_2.42");
  const auto rsqrtf = math<float(float)>("rsqrtf", "GLIBC_2.42");
  for (int i = 0; i < 3000; ++i) {
    const double x = uniform(random), y = uniform(random) - 10;
    const long long n = static_cast<long long>(random() % 41) - 20;
    EXPECT_LE(error_in_ulps(pown(-x, n), quad::pow(-f128(x), f128(n))), 1) << x << " " << n;
    EXPECT_LE(error_in_ulps(powr(x, y), quad::pow(f128(x), f128(y))), 1) << x << " " << y;
    if (n != 0) {
      EXPECT_LE(error_in_ulps(rootn(x * 1e200, n), quad::pow(f128(x * 1e200), f128(1) / n)), 1)
          << x << " " << n;
      EXPECT_LE(error_in_ulps(rootnl(x, n), quad::pow(f128(x), f128(1) / n)), 1) << x << " " << n;
    }
    EXPECT_LE(
        error_in_ulps(compoundn(x / 100, n * 30), quad::exp(n * 30 * quad::log1p(f128(x / 100)))),
        1)
        << x << " " << n;
    EXPECT_LE(error_in_ulps(rsqrt(x), 1 / quad::sqrt(x)), 1);
    EXPECT_LE(error_in_ulps(rsqrtf(float(x)), 1 / quad::sqrt(float(x))), 1);
  }
}

TEST(Powers, InBinary128AsWell) {
  using Power = f128(f128, long long);
  const auto rootn = math<Power>("rootnf128", "GLIBC_2.42");
  const auto compoundn = math<Power>("compoundnf128", "GLIBC_2.42");
  const auto pown = math<Power>("pownf128", "GLIBC_2.42");
  const f128 unit = quad::pow(2, -112);
  const auto apart = [unit](f128 one, f128 other) {
    const f128 distance = (one - other) / other / unit;
    return double(distance < 0 ? -distance : distance);
  };

  std::mt19937_64 random(13);
  for (int i = 0; i < 2000; ++i) {
    const f128 base = 1 + f128(random() % 1000) / 256;  // its powers up to the eighth are exact
    const long long n = 4 + random() % 5;
    EXPECT_LE(apart(rootn(pown(base, n), n), base), 1) << double(base) << " " << n;
    EXPECT_LE(apart(rootn(pown(base, n), -n), 1 / base), 2) << double(base) << " " << n;
    // A sum that rounding does not touch leaves compoundn nothing to correct …
    EXPECT_LE(apart(compoundn(base - 1, 1000), quad::pow(base, 1000)), 1) << double(base);
    // … and one that it takes whole is the power series of its share.
    const f128 tiny = quad::pow(2, -130) * base;
    EXPECT_LE(
        apart(compoundn(tiny, n << 58) - 1, f128(n << 58) * tiny * (1 + f128(n << 58) * tiny / 2)),
        quad::pow(2, 66))
        << double(base) << " " << n;
  }
  EXPECT_LE(apart(compoundn(quad::pow(2, -60), 2), 1 + quad::pow(2, -59)), 0);  // 2^-120 is lost
  EXPECT_LE(apart(compoundn(quad::pow(2, -70), -1), 1 - quad::pow(2, -70)), 1);
  EXPECT_LE(apart(compoundn(quad::pow(2, 4000), 4), quad::pow(2, 16000)), 0);
  EXPECT_TRUE(compoundn(-1, 3) == 0 && compoundn(3, 0) == 1);

  // At both ends of the range, where the check of a root by its power would overflow or lose bits.
  const f128 largest = std::numeric_limits<long double>::max();  // some 2^16384
  for (const long long n : {4ll, 5ll, 100ll, 8191ll, 8192ll, 1000000ll}) {
    EXPECT_LE(apart(rootn(largest, n), quad::pow(rootn(largest, 2 * n), 2)), 4) << n;
    EXPECT_LE(apart(rootn(quad::pow(2, -16490), 2 * n), quad::sqrt(rootn(quad::pow(2, -16490), n))),
              4)
        << n;
  }
  EXPECT_TRUE(rootn(quad::pow(2, -16490), 10) == quad::pow(2, -1649));
  EXPECT_TRUE(rootn(quad::pow(2, -16490), -97) == quad::pow(2, 170));
  EXPECT_TRUE(rootn(-243, 5) == -3 && rootn(2, std::numeric_limits<long long>::min()) < 1.0000001Q);
}

TEST(Powers, SpecialCases) {
  const auto pown = math<double(double, long long)>("pown", "GLIBC_2.42");
  EXPECT_EQ(pown(nan_value, 0), 1);
  EXPECT_TRUE(same(pown(-0.0, -3), -inf));
  EXPECT_TRUE(same(pown(-0.0, 2), 0.0));
  EXPECT_EQ(pown(-1, std::numeric_limits<long long>::max()), -1);  // odd, and beyond 53 bits
  EXPECT_EQ(math<float(float, long long)>("pownf", "GLIBC_2.42")(
                -1.0f, std::numeric_limits<long long>::max()),
            -1.0f);

  const auto powr = math<double(double, double)>("powr", "GLIBC_2.42");
  for (const auto& [x, y] : {std::pair{-1.0, 2.0}, {0.0, 0.0}, {inf, 0.0}, {1.0, inf}}) {
    errno = 0;
    EXPECT_TRUE(std::isnan(powr(x, y))) << x << " " << y;
    EXPECT_EQ(errno, EDOM);
  }
  EXPECT_TRUE(std::isnan(powr(nan_value, 0)));
  EXPECT_TRUE(same(powr(-0.0, 3), 0.0));
  EXPECT_TRUE(same(powr(0, -inf), inf));
  errno = 0;
  EXPECT_TRUE(same(powr(-0.0, -1), inf));
  EXPECT_EQ(errno, ERANGE);

  const auto rootn = math<double(double, long long)>("rootn", "GLIBC_2.42");
  EXPECT_EQ(rootn(-27, 3), -3);
  EXPECT_EQ(rootn(16, 4), 2);
  EXPECT_EQ(rootn(0.25, -2), 2);
  EXPECT_TRUE(std::isnan(rootn(-4, 2)));
  EXPECT_TRUE(std::isnan(rootn(1, 0)));
  EXPECT_TRUE(same(rootn(-0.0, 3), -0.0));
  EXPECT_TRUE(same(rootn(-0.0, 2), 0.0));
  EXPECT_TRUE(same(rootn(-0.0, -3), -inf));
  EXPECT_TRUE(same(rootn(-inf, 5), -inf));

  const auto compoundn = math<double(double, long long)>("compoundn", "GLIBC_2.42");
  EXPECT_EQ(compoundn(nan_value, 0), 1);
  EXPECT_EQ(compoundn(-1, 3), 0);
  EXPECT_EQ(compoundn(-1, -3), inf);
  EXPECT_TRUE(std::isnan(compoundn(-1.5, 2)));
  const auto rsqrt = math<double(double)>("rsqrt", "GLIBC_2.42");
  EXPECT_TRUE(same(rsqrt(-0.0), -inf));
  EXPECT_TRUE(same(rsqrt(inf), 0.0));
  EXPECT_TRUE(std::isnan(rsqrt(-1)));
}

TEST(Maximum, AsThisMachineHasIt) {
  const double values[] = {0.0, -0.0, 1, -1, 2, -2, inf, -inf, nan_value, 5e-324, -3.5};
  for (const char* name : {"fmaximum", "fminimum", "fmaximum_mag", "fminimum_mag", "fmaximum_num",
                           "fminimum_num", "fmaximum_mag_num", "fminimum_mag_num"}) {
    const auto ours = math<double(double, double)>(name, "GLIBC_2.35");
    const auto ours_float = math<float(float, float)>(std::string(name) + "f", "GLIBC_2.35");
    const auto ours_128 = math<f128(f128, f128)>(std::string(name) + "f128", "GLIBC_2.35");
    const auto theirs = of_this_machine<double(double, double)>(name);
    for (const double x : values)
      for (const double y : values) {
        const double mine = ours(x, y);
        EXPECT_TRUE(theirs == nullptr || same(mine, theirs(x, y))) << name << " " << x << " " << y;
        EXPECT_TRUE(same(double(ours_128(x, y)), mine)) << name << " " << x << " " << y;
        const bool fit_float = float(x) == x && float(y) == y;
        EXPECT_TRUE(!fit_float || same(ours_float(float(x), float(y)), mine))
            << name << " " << x << " " << y;
      }
  }
  EXPECT_TRUE(same(math<double(double, double)>("fmaximum", "GLIBC_2.35")(-0.0, 0.0), 0.0));
}

TEST(ToInteger, WidthsAndDirections) {
  using From = double(double, int, unsigned);
  const auto fromfp = math<From>("fromfp", "GLIBC_2.43");
  const auto ufromfp = math<From>("ufromfp", "GLIBC_2.43");
  const auto fromfpx = math<From>("fromfpx", "GLIBC_2.43");
  const double expected[5][4] = {
      {3, -2, 2, -1}, {2, -3, 1, -2}, {2, -2, 1, -1}, {3, -3, 2, -2}, {2, -2, 2, -2}};
  for (int direction = 0; direction < 5; ++direction) {
    EXPECT_EQ(fromfp(2.5, direction, 8), expected[direction][0]) << direction;
    EXPECT_EQ(fromfp(-2.5, direction, 8), expected[direction][1]) << direction;
    EXPECT_EQ(fromfp(1.5, direction, 8), expected[direction][2]) << direction;
    EXPECT_EQ(fromfp(-1.5, direction, 8), expected[direction][3]) << direction;
  }
  EXPECT_EQ(fromfp(127, 2, 8), 127);
  EXPECT_EQ(fromfp(-128, 2, 8), -128);
  EXPECT_EQ(fromfp(0, 2, 1), 0);
  EXPECT_EQ(fromfp(-1, 2, 1), -1);
  EXPECT_EQ(ufromfp(255, 2, 8), 255);
  EXPECT_EQ(fromfp(limits::max(), 2, 2000), limits::max());
  errno = 0;
  for (const double bad : {fromfp(128, 2, 8), fromfp(-129, 2, 8), fromfp(1, 2, 1),
                           ufromfp(256, 2, 8), ufromfp(-1, 2, 8), fromfp(1, 2, 0),
                           fromfp(inf, 2, 64), fromfp(nan_value, 2, 64), ufromfp(-1, 2, 5000)})
    EXPECT_TRUE(std::isnan(bad));
  EXPECT_EQ(errno, EDOM);
  std::feclearexcept(FE_ALL_EXCEPT);
  fromfp(2.5, 2, 8);
  EXPECT_EQ(std::fetestexcept(FE_INEXACT), 0);
  fromfpx(2.5, 2, 8);
  EXPECT_NE(std::fetestexcept(FE_INEXACT), 0);
}

#if defined(__x86_64__)
TEST(VectorMath, LanesAreTheScalarFunction) {
  typedef double Pair __attribute__((vector_size(16)));
  typedef float Four __attribute__((vector_size(16)));
  const Pair x = {0.25, 0.75};
  const auto log2 = math<Pair(Pair)>("_ZGVbN2v_log2", "GLIBC_2.35");
  EXPECT_EQ(log2(x)[0], std::log2(0.25));
  EXPECT_EQ(log2(x)[1], std::log2(0.75));
  const auto hypot = math<Pair(Pair, Pair)>("_ZGVbN2vv_hypot", "GLIBC_2.35");
  EXPECT_EQ(hypot(x, x)[1], std::hypot(0.75, 0.75));
  const auto acosf = math<Four(Four)>("_ZGVbN4v_acosf", "GLIBC_2.35");
  EXPECT_EQ(acosf(Four{0, 0.5f, 1, -1})[1], std::acos(0.5f));
}
#endif

// Where this machine's glibc is new enough: every special value, value by value and errno by errno.
namespace {

const double special[] = {0.0,    -0.0,   0.25,
                          -0.25,  0.5,    -0.5,
                          1,      -1,     1.5,
                          -1.5,   2,      -2,
                          2.5,    3,      -3,
                          10,     0.1,    -0.1,
                          1e-310, 5e-324, -5e-324,
                          1e-20,  700,    -800,
                          1100,   1e15,   4503599627370497.5,
                          1e300,  -1e300, limits::max(),
                          inf,    -inf,   nan_value};
const long long exponents[] = {0,
                               1,
                               -1,
                               2,
                               -2,
                               3,
                               -3,
                               4,
                               5,
                               -7,
                               1000,
                               -1001,
                               (1LL << 53) + 1,
                               std::numeric_limits<long long>::max(),
                               std::numeric_limits<long long>::min()};

template <class Function, class Call>
void expect_same_answer(const char* name, const char* version, Call call,
                        const std::string& arguments) {
  const auto ours = math<Function>(name, version);
  const auto theirs = reinterpret_cast<Function*>(dlvsym(RTLD_DEFAULT, name, version));
  if (theirs == nullptr) return;
  errno = 0;
  const double mine = call(ours);
  const int my_errno = errno;
  errno = 0;
  const double other = call(theirs);
  const int other_errno = errno;
  EXPECT_TRUE(same(mine, other) || error_in_ulps(mine, other) <= 2)
      << name << "(" << arguments << ") = " << mine << ", not " << other;
  // Whether a result that is only just subnormal counts as a range error differs among releases.
  if (std::isnan(other) || std::isinf(other)) {
    EXPECT_EQ(my_errno, other_errno) << name << "(" << arguments << ")";
  }
}

}  // namespace

TEST(Oracle, SpecialValuesOfUnaryFunctions) {
  for (const auto& [version, names] : std::vector<std::pair<const char*, std::vector<const char*>>>{
           {"GLIBC_2.40", {"exp2m1", "exp10m1", "log2p1", "log10p1", "logp1"}},
           {"GLIBC_2.41", {"sinpi", "cospi", "tanpi", "asinpi", "acospi", "atanpi"}},
           {"GLIBC_2.42", {"rsqrt"}}})
    for (const char* name : names)
      for (const double x : special)
        expect_same_answer<double(double)>(
            name, version, [x](auto* f) { return f(x); }, std::to_string(x));
}

TEST(Oracle, SpecialValuesOfBinaryFunctions) {
  for (const double x : special) {
    for (const double y : special) {
      const std::string both = std::to_string(x) + ", " + std::to_string(y);
      expect_same_answer<double(double, double)>(
          "atan2pi", "GLIBC_2.41", [=](auto* f) { return f(x, y); }, both);
      expect_same_answer<double(double, double)>(
          "powr", "GLIBC_2.42", [=](auto* f) { return f(x, y); }, both);
    }
    for (const long long n : exponents)
      for (const char* name : {"pown", "rootn", "compoundn"})
        expect_same_answer<double(double, long long)>(
            name, "GLIBC_2.42", [=](auto* f) { return f(x, n); },
            std::to_string(x) + ", " + std::to_string(n));
    for (const unsigned width : {0u, 1u, 2u, 8u, 32u, 64u, 100u})
      for (int direction = 0; direction < 5; ++direction)
        for (const char* name : {"fromfp", "ufromfp", "fromfpx", "ufromfpx"})
          expect_same_answer<double(double, int, unsigned)>(
              name, "GLIBC_2.43", [=](auto* f) { return f(x, direction, width); },
              std::to_string(x) + ", " + std::to_string(direction) + ", " + std::to_string(width));
  }
}
