#include "resolve/hwcaps.h"

namespace bulkhead::resolve {

const arch::Native::Level& Hwcaps::ask() {
  if (!asked_) level_ = arch::Native::ask_level();
  asked_ = true;
  return level_;
}

std::span<const std::string_view> Hwcaps::names() {
  constexpr std::span<const std::string_view> kAll = arch::Native::kHwcaps;
  return kAll.last(static_cast<std::size_t>(level() - 1));
}

std::span<const std::string_view> Hwcaps::lacking() {
  const arch::Native::Level& level = ask();
  return std::span(level.lacks).first(level.lack_count);
}

}  // namespace bulkhead::resolve
