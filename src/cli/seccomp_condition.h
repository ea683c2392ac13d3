// Conditions on arguments, as a policy's file writes them.
#pragma once

#include <optional>
#include <string_view>

#include "cli/seccomp_policy.h"

namespace bulkhead::cli {

// "== 1", "!= 0x10", "< 5", "<= 5", "> 5", ">= 5", "& 0x3 == 0x2"; nothing if it is none of these.
// The caller sets the argument's number.
std::optional<SeccompCondition> parse_condition(std::string_view text);

}  // namespace bulkhead::cli
