// A plan, and the versions of glibc that its capsule needs, as the text that `bulkhead explain`
// prints.
#pragma once

#include <span>
#include <string>

#include "plan/plan.h"
#include "plan/versions.h"

namespace bulkhead::explanation {

// A table with a row for each library; then what is missing; then notes.
std::string describe(const plan::Plan& plan);

// A line for what this system has and one for each version that it lacks; or, with `details`, a row
// for each version and each symbol. Empty if nothing of glibc is needed.
std::string describe(std::span<const plan::VersionUse> versions, bool details);

}  // namespace bulkhead::explanation
