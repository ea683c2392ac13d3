// Libraries that a preloaded tool wraps: it replaces functions of them, and opens them itself.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::inside {

// The name by which the capsule gets the program's copy of a library that the tool wants to open,
// if the tool replaces functions of it: their state is the program's. Empty for any other library,
// and if the program has not loaded it, or the tool has a copy already. Asks ld.so. Errors: a
// strict capsule does not share it.
Result<std::string_view> wrapped_library(Arena& arena, capsule::Capsule& capsule,
                                         std::string_view file);

}  // namespace bulkhead::inside
