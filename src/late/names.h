// Functions that a library of a capsule calls for the first time when another one that defines them
// has been opened with RTLD_GLOBAL.
//
// ld.so binds a function when it is first called, and natively looks into what is global then. The
// global scope of a secondary namespace cannot grow (glibc bug 18684), so calls that are not bound
// yet are led to the new library when it comes.
#pragma once

#include "base/arena.h"
#include "capsule/capsule.h"

namespace bulkhead::late {

// For what was loaded before `library`, which is a handle: functions that neither that one nor what
// it needs defines are left alone, and so are those that the global scope has. The caller's own
// definition comes after what is global, unless it was opened with RTLD_DEEPBIND. Asks ld.so; under
// its lock.
void lead_to_global(Arena& arena, const capsule::Capsule& capsule, link_map* library);

}  // namespace bulkhead::late
