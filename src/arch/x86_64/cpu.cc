// What this processor has: its level, and the state beside the general registers, with how that is
// saved. Facts: Intel SDM 1, chapter 13 (XSAVE), and 2A, CPUID; psABI, "Micro-Architecture Levels".
#include <cpuid.h>

#include "arch/machine.h"

namespace bulkhead::arch {
namespace {

constexpr std::uint32_t kLegacySize = 512;
constexpr std::uint32_t kLegacyAndHeaderSize = 576;

constexpr std::uint32_t kOsXsave = 1U << 27U;  // leaf 1, ECX

constexpr std::uint32_t align(std::uint32_t size) { return (size + 63) & ~63U; }

// Which state the kernel saves (XCR0); only if it says that it does by OSXSAVE.
std::uint32_t enabled_state() {
  std::uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// Where CPUID tells of a feature.
enum Source : std::uint8_t {
  kBasic,     // leaf 1, ECX
  kExtended,  // leaf 7, EBX
  kAmd,       // leaf 0x80000001, ECX
  kState,     // XCR0
  kSources
};

// What <cpuid.h> has no (or not everywhere the same) name for.
constexpr unsigned kLahfSahf = 1U << 0U;
constexpr unsigned kLzcnt = 1U << 5U;
constexpr unsigned kXmmYmm = 0x6;  // SSE and AVX state
constexpr unsigned kZmm = 0xe0;    // opmask, upper halves, ZMM16 to ZMM31

struct Feature {
  std::uint8_t level;
  Source source;
  std::uint32_t bits;
  std::string_view name;  // as in the Intel SDM
};

constexpr Feature kFeatures[] = {
    {2, kBasic, bit_CMPXCHG16B, "CMPXCHG16B"},
    {2, kBasic, bit_POPCNT, "POPCNT"},
    {2, kBasic, bit_SSE3, "SSE3"},
    {2, kBasic, bit_SSSE3, "SSSE3"},
    {2, kBasic, bit_SSE4_1, "SSE4.1"},
    {2, kBasic, bit_SSE4_2, "SSE4.2"},
    {2, kAmd, kLahfSahf, "LAHF"},
    {3, kBasic, bit_AVX, "AVX"},
    {3, kBasic, bit_F16C, "F16C"},
    {3, kBasic, bit_FMA, "FMA"},
    {3, kBasic, bit_MOVBE, "MOVBE"},
    {3, kExtended, bit_AVX2, "AVX2"},
    {3, kExtended, bit_BMI, "BMI1"},
    {3, kExtended, bit_BMI2, "BMI2"},
    {3, kAmd, kLzcnt, "LZCNT"},
    {3, kState, kXmmYmm, "AVX state saved by the kernel"},
    {4, kExtended, bit_AVX512F, "AVX512F"},
    {4, kExtended, bit_AVX512BW, "AVX512BW"},
    {4, kExtended, bit_AVX512CD, "AVX512CD"},
    {4, kExtended, bit_AVX512DQ, "AVX512DQ"},
    {4, kExtended, bit_AVX512VL, "AVX512VL"},
    {4, kState, kZmm, "AVX512 state saved by the kernel"},
};

}  // namespace

X86_64::Level X86_64::ask_level() {
  std::uint32_t words[kSources] = {};
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  // In a virtual machine each question takes microseconds, so what the highest leaf is is asked
  // once. Of the AMD leaves it need not be: by this one every processor says that it is of this
  // kind.
  const unsigned highest = __get_cpuid_max(0, nullptr);
  if (highest >= 1) {
    __cpuid(1, a, b, c, d);
    words[kBasic] = c;
  }
  if (highest >= 7) {
    __cpuid_count(7, 0, a, b, c, d);
    words[kExtended] = b;
  }
  __cpuid(0x80000001, a, b, c, d);
  words[kAmd] = c;
  if ((words[kBasic] & kOsXsave) != 0) words[kState] = enabled_state();
  Level level;
  for (const Feature& feature : kFeatures) {
    if (feature.level > level.number + 1) {
      if (level.lack_count != 0) break;
      ++level.number;
    }
    if ((words[feature.source] & feature.bits) == feature.bits) continue;
    level.lacks[level.lack_count++] = feature.name;
  }
  if (level.lack_count == 0) ++level.number;
  return level;
}

X86_64::StateSaving X86_64::state_saving(std::uint32_t components) {
  constexpr std::uint32_t kXsavec = 1U << 1U;        // leaf 0xd, subleaf 1, EAX
  constexpr std::uint32_t kAlignedState = 1U << 1U;  // leaf 0xd, subleaves from 2 on, ECX
  constexpr unsigned kStateLeaf = 0xd;
  StateSaving saving{kLegacySize, 0, StateSaving::kFxsave};
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsXsave) == 0) return saving;
  if (__get_cpuid_count(kStateLeaf, 1, &a, &b, &c, &d) == 0) return saving;
  saving.mask = components & enabled_state();
  saving.instruction = (a & kXsavec) != 0 ? StateSaving::kXsavec : StateSaving::kXsave;
  // XSAVEC puts the components one after the other, XSAVE each at a place of its own.
  std::uint32_t end = kLegacyAndHeaderSize;
  for (unsigned component = 2; component < 32; ++component) {
    if ((saving.mask >> component & 1U) == 0) continue;
    __cpuid_count(kStateLeaf, component, a, b, c, d);
    if (saving.instruction == StateSaving::kXsave) {
      if (b + a > end) end = b + a;
    } else {
      if ((c & kAlignedState) != 0) end = align(end);
      end += a;
    }
  }
  saving.size = align(end);
  return saving;
}

}  // namespace bulkhead::arch
