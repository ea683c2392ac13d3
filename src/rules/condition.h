// Conditions on arguments, as a policy's file writes them.
#pragma once

#include <optional>
#include <string_view>

#include "rules/policy_file.h"

namespace bulkhead::rules {

// "== 1", "!= 0x10", "< 5", "<= 5", "> 5", ">= 5", "& 0x3 == 0x2"; nothing if it is none of these.
// The caller sets the argument's number.
std::optional<Condition> parse_condition(std::string_view text);

}  // namespace bulkhead::rules
