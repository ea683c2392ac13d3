// Settling shims: words of the base that ld.so bound to a shim, before that was bound, lead on.
#pragma once

#include <link.h>

#include <span>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "words/slots.h"

namespace bulkhead::shims {

// Rewrites every word of the base that ld.so bound to a shim before that was bound; and lets
// references to functions of these names lead to ours. Not while ld.so is relocating: it would find
// pages write-protected that it is going to write to.
void settle_shims(Arena& arena, capsule::Capsule& capsule, process::BaseView& base,
                  std::span<const words::Import> imports);

// The same for `first`, an object of the base that ld.so has relocated, and for all that was
// loaded after it: for the time while the rest has to wait.
void settle_shims_in(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base,
                     const link_map* first);

}  // namespace bulkhead::shims
