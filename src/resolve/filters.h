// Libraries that filters name (DT_FILTER, DT_AUXILIARY): ld.so loads them with the filter, and
// closures do not follow them. It would take this system's.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "resolve/closure.h"
#include "resolve/search.h"

namespace bulkhead::resolve {

// Appends to `roots` the names that the closure's libraries filter and that are neither in it nor
// stopped at its boundary: once they are in it, ld.so takes those of the tree. Whether there was
// any. Fault::conflict for one that the tree lacks, or has under another SONAME.
Result<bool> add_filtered(Arena& arena, Searcher& searcher, const Closure& closure,
                          const Boundary& boundary, List<std::string_view>& roots);

}  // namespace bulkhead::resolve
