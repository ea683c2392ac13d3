// Which glibc-hwcaps subdirectories this CPU can use.
//
// glibc 2.33 and later search DIR/glibc-hwcaps/x86-64-v4, -v3, -v2 (on x86-64) before DIR, as far
// as the CPU and the kernel's saved state allow.
#pragma once

#include <span>
#include <string_view>

#include "arch/machine.h"

namespace bulkhead::resolve {

inline constexpr std::string_view kHwcapsDirectory = "/glibc-hwcaps";

// Asks the CPU on first use only: CPUID costs microseconds in a virtual machine, and few
// systems have such directories.
class Hwcaps {
 public:
  Hwcaps() = default;
  // As if the CPU had this level: 1 is the baseline. For tests.
  explicit Hwcaps(int level) : level_(level) {}

  // Names of the usable subdirectories, best first; empty on CPUs without any.
  std::span<const std::string_view> names();

  // 1 (baseline) to 4 on x86-64; 1 on processors that have no levels.
  int level();

 private:
  int level_ = 0;  // 0: not asked yet
};

// The level of this CPU, and the names of the features that it lacks for the next one.
inline arch::Native::Level level_of_cpu() { return arch::Native::ask_level(); }

}  // namespace bulkhead::resolve
