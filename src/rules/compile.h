// From a policy's rules to filters, by libseccomp.
#pragma once

#include "base/arena.h"
#include "rules/policy_file.h"
#include "seccomp/policy.h"

namespace bulkhead::rules {

// A filter for each region. Selectors point into `policy`, all else lives in `arena`. The result
// does not depend on the running kernel. Failure: libseccomp's, with the region's place in the
// file.
seccomp::Policy compile(Arena& arena, const Policy& policy);

}  // namespace bulkhead::rules
