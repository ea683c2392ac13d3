// What is done with the libc of an isolated capsule once it is loaded. See isolate.h.
#pragma once

#include <link.h>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::capsule {

// Finds what we call of it and of the base's (Capsule::libc), has its streams locked always and
// around fork, and gives it the base's locale. Before its constructors; ld.so's lock is held.
// Errors: it lacks something.
Status find_isolated_libc(Arena& arena, Capsule& capsule, link_map* own);

}  // namespace bulkhead::capsule
