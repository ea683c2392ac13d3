// From wishes and what both sides have to a plan. Pure: nothing is read, nothing is opened.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "plan/plan.h"

namespace bulkhead::plan {

// Which libraries will be exposed, apart from boundary libraries that have to be: the
// wishes, the profiles' and the families', as far as the tree has them. The base's copies
// of these count for nothing, so ask before the base's closure is looked for.
// Errors: wishes that exclude each other, or that no plan can fulfil.
Result<std::span<const std::string_view>> choose_exposed(Arena& arena, const Wishes& wishes,
                                                         const Graph& tree);

// The whole plan. Errors as above; what is missing is in Plan::lacks.
Result<Plan> make_plan(Arena& arena, const Wishes& wishes, const Graphs& graphs);

}  // namespace bulkhead::plan
