// The state beside the general registers: what there is on this CPU, and how it is saved. Facts:
// Intel SDM 1, chapter 13 (XSAVE); CPUID leaves 1 and 0xd.
#include <cpuid.h>

#include "arch/machine.h"

namespace bulkhead::arch {
namespace {

constexpr std::uint32_t kLegacySize = 512;
constexpr std::uint32_t kLegacyAndHeaderSize = 576;

constexpr std::uint32_t align(std::uint32_t size) { return (size + 63) & ~63U; }

std::uint32_t enabled_state() {
  std::uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

X86_64::StateSaving X86_64::state_saving(std::uint32_t components) {
  constexpr std::uint32_t kOsXsave = 1U << 27U;      // leaf 1, ECX
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
