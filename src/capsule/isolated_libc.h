// What is done with the libc of an isolated capsule once it is loaded. See isolate.h.
#pragma once

#include <link.h>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/base_view.h"
#include "capsule/capsule.h"

namespace bulkhead::capsule {

// Finds what we call of it and of the base's (Capsule::libc), has calls for its streams go on to it
// (streams.h) and these locked always and around fork, and gives it the base's locale. Before its
// constructors; ld.so's lock is held. Errors: it lacks something.
Status find_isolated_libc(Arena& arena, Capsule& capsule, BaseView& base, link_map* own);

}  // namespace bulkhead::capsule
