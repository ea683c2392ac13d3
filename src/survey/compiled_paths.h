// Paths of libraries that are compiled into a capsule's libraries: what these will open, as far as
// that can be known before they run.
#pragma once

#include "base/arena.h"
#include "plan/plan.h"
#include "survey/tree_side.h"

namespace bulkhead::survey {

// Notes each file of this system that a library of a strict capsule has the path of, and may not
// load. A path that is put together when the library runs is not seen, and not every path that is
// there is opened.
void note_refused_paths(Arena& arena, const TreeSide& side, plan::Plan& plan);

}  // namespace bulkhead::survey
