// Conditions on arguments, as a policy's file writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::rules {

// A comparison of one argument, all of its 64 bits, without a sign.
struct Condition {
  enum class Comparison : std::uint8_t { equal, unequal, less, at_most, greater, at_least, masked };
  unsigned argument;  // 0 to 5
  Comparison comparison;
  std::uint64_t value;
  std::uint64_t mask = ~std::uint64_t{0};  // masked: (argument & mask) == value
};

// "== 1", "!= 0x10", "< 5", "<= 5", "> 5", ">= 5", "& 0x3 == 0x2"; nothing if it is none of these.
// The caller sets the argument's number.
std::optional<Condition> parse_condition(std::string_view text);

}  // namespace bulkhead::rules
