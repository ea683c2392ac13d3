// Binding shims: their symbol tables get the addresses of the capsule's libraries.
#pragma once

#include <link.h>

#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"
#include "process/base_view.h"

namespace bulkhead::shims {

// The capsule's library that a shim stands for; null if it is not loaded.
link_map* target_of(capsule::Capsule& capsule, const handoff::ShimHeader& shim);

// Writes the addresses of a loaded library into a shim's symbol table. `base` has the shim's own
// tables.
Status bind_shim(Arena& arena, capsule::Capsule& capsule, const handoff::ShimHeader& shim,
                 const link_map* target, process::BaseView& base);

// The same for each of these that is not bound yet, with the capsule's library of its name.
Status bind_shims(Arena& arena, capsule::Capsule& capsule,
                  std::span<const handoff::ShimHeader* const> shims, process::BaseView& base);

}  // namespace bulkhead::shims
