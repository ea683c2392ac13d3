// The program's own calls of dlopen, dlclose and dlsym, of which hooks and watches must know.
#pragma once

#include <span>

#include "base/arena.h"
#include "tool/hooks.h"

namespace bulkhead::tool {

// Leads them here. Rules for add_own_hooks, in `arena`.
std::span<const Rule> own_rules(Arena& arena);

}  // namespace bulkhead::tool
