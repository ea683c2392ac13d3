// The functions that libmvec gained in glibc 2.35, lane by lane with the base's scalar ones.
//
// Names follow the vector function ABI for x86-64: _ZGV, the instruction set (b SSE, c AVX,
// d AVX2, e AVX-512), N for unmasked, the number of lanes, a v for each argument. Compilers call
// them under -ffast-math; the scalar functions are slower and more accurate than that promises.
#if defined(__x86_64__)

#include "provide.h"

#define UNARY_LANES(T, isa, letter, lanes, name)                                                  \
  extern "C" [[gnu::visibility("default"), gnu::target(isa)]] T##x##lanes letter##lanes##_##name( \
      T##x##lanes) __asm__("_ZGV" #letter "N" #lanes "v_" #name);                                 \
  extern "C" [[gnu::target(isa)]] T##x##lanes letter##lanes##_##name(T##x##lanes x) {             \
    T##x##lanes result;                                                                           \
    for (int i = 0; i < lanes; ++i) result[i] = base_##name(x[i]);                                \
    return result;                                                                                \
  }

#define BINARY_LANES(T, isa, letter, lanes, name)                                                 \
  extern "C" [[gnu::visibility("default"), gnu::target(isa)]] T##x##lanes letter##lanes##_##name( \
      T##x##lanes, T##x##lanes) __asm__("_ZGV" #letter "N" #lanes "vv_" #name);                   \
  extern "C"                                                                                      \
      [[gnu::target(isa)]] T##x##lanes letter##lanes##_##name(T##x##lanes x, T##x##lanes y) {     \
    T##x##lanes result;                                                                           \
    for (int i = 0; i < lanes; ++i) result[i] = base_##name(x[i], y[i]);                          \
    return result;                                                                                \
  }

#define EACH_SET(define, name)                                                    \
  define(double, "sse2", b, 2, name) define(float, "sse2", b, 4, name##f)         \
      define(double, "avx", c, 4, name) define(float, "avx", c, 8, name##f)       \
          define(double, "avx2", d, 4, name) define(float, "avx2", d, 8, name##f) \
              define(double, "avx512f", e, 8, name) define(float, "avx512f", e, 16, name##f)

#define UNARY(name)                   \
  FROM_BASE(double, name, (double));  \
  FROM_BASE(float, name##f, (float)); \
  EACH_SET(UNARY_LANES, name)
#define BINARY(name)                         \
  FROM_BASE(double, name, (double, double)); \
  FROM_BASE(float, name##f, (float, float)); \
  EACH_SET(BINARY_LANES, name)

typedef double doublex2 __attribute__((vector_size(16)));
typedef double doublex4 __attribute__((vector_size(32)));
typedef double doublex8 __attribute__((vector_size(64)));
typedef float floatx4 __attribute__((vector_size(16)));
typedef float floatx8 __attribute__((vector_size(32)));
typedef float floatx16 __attribute__((vector_size(64)));

UNARY(acos)
UNARY(acosh)
UNARY(asin)
UNARY(asinh)
UNARY(atan)
UNARY(atanh)
UNARY(cbrt)
UNARY(cosh)
UNARY(erf)
UNARY(erfc)
UNARY(exp10)
UNARY(exp2)
UNARY(expm1)
UNARY(log10)
UNARY(log1p)
UNARY(log2)
UNARY(sinh)
UNARY(tan)
UNARY(tanh)
BINARY(atan2)
BINARY(hypot)

#endif
