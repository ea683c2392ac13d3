// Strict capsules: whose code it is, and what is said where one would take a library of this system
// that is not on its shared list.
#pragma once

#include <expected>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::capsule {

// Whether code at that address is a library's in a strict capsule. Asks ld.so, if there is one.
bool is_of_strict_capsule(const void* address);

// `because`: why this system's would be taken. What is said lives in `arena`.
std::unexpected<Error> refuse_sharing(Arena& arena, const Capsule& capsule, std::string_view name,
                                      std::string_view because);

}  // namespace bulkhead::capsule
