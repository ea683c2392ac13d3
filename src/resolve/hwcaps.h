// Which glibc-hwcaps subdirectories this CPU can use.
//
// glibc 2.33 and later search DIR/glibc-hwcaps/x86-64-v4, -v3, -v2 (on x86-64) before DIR, as far
// as the CPU and the kernel's saved state allow.
#pragma once

#include <span>
#include <string_view>

#include "arch/machine.h"

namespace bulkhead::resolve {

// Asks the CPU on first use only: CPUID costs microseconds in a virtual machine, and few
// systems have such directories.
class Hwcaps {
 public:
  Hwcaps() = default;
  // As if the CPU had this level: 1 is the baseline. For tests.
  explicit Hwcaps(int level) : asked_(true) { level_.number = level; }

  // Names of the usable subdirectories, best first; empty on CPUs without any.
  std::span<const std::string_view> names();

  // Names of the features that the CPU lacks for the next level; empty at the highest one.
  std::span<const std::string_view> lacking();

  // 1 (baseline) to 4 on x86-64; 1 on processors that have no levels.
  int level() { return ask().number; }

 private:
  const arch::Native::Level& ask();

  bool asked_ = false;
  arch::Native::Level level_;
};

}  // namespace bulkhead::resolve
