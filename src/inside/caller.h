// Whose call of a hook it is.
#pragma once

#include <link.h>

#include "capsule/capsule.h"

namespace bulkhead::inside {

// The capsule's first manifest, also for its constructors, which run before dlmopen has told. Null
// if the namespace is not known yet.
link_map* root_of(capsule::Capsule& capsule, const void* caller);

// The library in the capsule that an address belongs to; null if it is in none of them.
link_map* library_at(const capsule::Capsule& capsule, const void* address);

}  // namespace bulkhead::inside
