// Rules for system calls by region, in a running process: docs/seccomp.md.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::tool {

// Finds out where the regions of a compiled policy (seccomp/policy.h) lie now, and installs one
// filter for all of them, for the whole process and for good. `tools`: the capsules that the
// selector "tool" means; none of them is null. A region that nothing is in is said on standard
// error, and left out.
//
// Takes ld.so's lock. Our own system calls are filtered afterwards as well. What errors say lives
// in `arena`. Errors: those of seccomp::decode, compose and install; unsupported, a selector of a
// later release. After an error nothing is installed.
Status install_policy(Arena& arena, std::string_view encoded,
                      std::span<const capsule::Capsule* const> tools);

}  // namespace bulkhead::tool
