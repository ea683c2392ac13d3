// Libraries of the base that a capsule uses though its request does not name them.
//
// RTLD_SHARED asks for one (demand.h); a library that was linked with -z unique says so itself.
// Both were proposed for glibc, with the meaning that they have here: one copy in the base, which
// stays, and something that stands for it in the namespace.
//
// For one thread at a time, which holds ld.so's lock.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::sharing {

// Has the capsule use a library of the base, that stays. The name of its mirror, which is yet to
// be opened. Errors: Fault::conflict if the capsule has a copy of its own, or a stand-in for
// another library of that name.
Result<std::string_view> add_stand_in(Arena& arena, capsule::Capsule& capsule,
                                      const link_map* library);

// Does so for the libraries of a closure that were linked with -z unique. Roots among them are
// replaced by their names. Whether there were any: then the closure is another one.
Result<bool> share_unique(Arena& arena, capsule::Capsule& capsule, const resolve::Closure& closure,
                          List<std::string_view>& roots);

// Does so for exposed libraries of a closure of which the program has loaded a copy past their
// shims, by a path of its own: natively there would be that one copy. Whether there were any.
// Errors: Fault::conflict if it lacks what others of the closure import from it.
Result<bool> share_bypassed(Arena& arena, capsule::Capsule& capsule, process::BaseView& base,
                            const resolve::Closure& closure);

}  // namespace bulkhead::sharing
