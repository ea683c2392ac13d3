// Exposing libraries in a process that has started already: shims that are memory files.
#pragma once

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::shims {

// Whether the program can have the capsule's libraries in Request::expose. Thread-safe. Errors:
// Fault::conflict if one of that name is loaded; what cannot be found.
Status check_exposed(Arena& arena, const capsule::Capsule& capsule);

// Gives the program the capsule's libraries in Request::expose, as if it had been started with
// shims for them. After check_exposed. Thread-safe. Errors: those of ld.so.
Status expose_to_base(Arena& arena, capsule::Capsule& capsule);

}  // namespace bulkhead::shims
