#include "resolve/hwcaps.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace bulkhead::resolve {

#if defined(__x86_64__)
namespace {

constexpr std::string_view kNames[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r;
  // Zeros if the CPU does not have that leaf.
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool all(unsigned value, unsigned bits) { return (value & bits) == bits; }

// Which register state the kernel saves; valid only if CPUID says OSXSAVE.
unsigned xcr0() {
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// What <cpuid.h> has no (or not everywhere the same) name for.
constexpr unsigned kLahfSahf = 1U << 0;  // leaf 0x80000001, ecx
constexpr unsigned kLzcnt = 1U << 5;     // leaf 0x80000001, ecx
constexpr unsigned kXmmYmm = 0x6;        // XCR0: SSE and AVX state
constexpr unsigned kZmm = 0xe0;          // XCR0: opmask, upper halves, ZMM16 to ZMM31

int ask_cpu() {
  const Registers basic = cpuid(1, 0);
  const Registers extended = cpuid(7, 0);
  const Registers amd = cpuid(0x80000001, 0);
  if (!all(basic.ecx,
           bit_CMPXCHG16B | bit_POPCNT | bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2) ||
      !all(amd.ecx, kLahfSahf)) {
    return 1;
  }
  const unsigned state = all(basic.ecx, bit_OSXSAVE) ? xcr0() : 0;
  if (!all(state, kXmmYmm) || !all(basic.ecx, bit_AVX | bit_F16C | bit_FMA | bit_MOVBE) ||
      !all(extended.ebx, bit_AVX2 | bit_BMI | bit_BMI2) || !all(amd.ecx, kLzcnt)) {
    return 2;
  }
  if (!all(state, kZmm) ||
      !all(extended.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL)) {
    return 3;
  }
  return 4;
}

}  // namespace

int Hwcaps::level() {
  if (level_ == 0) level_ = ask_cpu();
  return level_;
}

std::span<const std::string_view> Hwcaps::names() {
  return std::span(kNames).subspan(static_cast<std::size_t>(4 - level()));
}

#else

int Hwcaps::level() { return 1; }
std::span<const std::string_view> Hwcaps::names() { return {}; }

#endif

}  // namespace bulkhead::resolve
