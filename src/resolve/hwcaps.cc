#include "resolve/hwcaps.h"

namespace bulkhead::resolve {

int Hwcaps::level() {
  if (level_ == 0) level_ = level_of_cpu().number;
  return level_;
}

std::span<const std::string_view> Hwcaps::names() {
  constexpr std::span<const std::string_view> kAll = arch::Native::kHwcaps;
  return kAll.last(static_cast<std::size_t>(level() - 1));
}

}  // namespace bulkhead::resolve
