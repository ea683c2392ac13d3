// What a tool must be like for a capsule with a libc of its own (docs/isolated.md), as far as that
// can be told before the program is started.
#pragma once

#include "plan/graph.h"
#include "survey/stamp.h"
#include "survey/survey.h"

namespace bulkhead::preload {

// Fails for an allocator, for paths to be mapped, and for a tree with another build of glibc than
// the program's. What that depends on besides the survey is added to `stamp`.
void require_isolable(survey::Survey& survey, const plan::Node& tool,
                      const survey::Options& options, survey::Stamp& stamp);

}  // namespace bulkhead::preload
