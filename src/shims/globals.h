// Exposed libraries that the program has opened with RTLD_GLOBAL.
//
// ld.so makes a library global when its constructors have run, and tells nobody. But the program's
// own handle finds what is global.
#pragma once

#include "base/arena.h"
#include "capsule/capsule.h"

namespace bulkhead::shims {

// Has what is opened in the capsule from now on see those that have become global by now, as
// natively. Asks ld.so.
void note_globals(Arena& arena, capsule::Capsule& capsule);

}  // namespace bulkhead::shims
