// RTLD_DEEPBIND: the shared libraries' own definitions.
//
// A mirror leads to what libraries of the base are bound to, which may be a definition that comes
// before the library's own: the program's. What is opened with RTLD_DEEPBIND natively looks into
// the scope of its own first, and finds the library's there. An image of absolute symbols, the
// first in the scope of that one opening, has these.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "image/absolutes.h"
#include "opening/order.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::opening {

// Those of the names that the libraries of `closure` refer to. `entries`: the scope, whose shared
// libraries are loaded in the base. The heap stays one, and hooks stay what they are. May run
// resolvers of IFUNCs.
List<image::Absolute> own_definitions(Arena& arena, const capsule::Capsule& capsule,
                                      process::BaseView& base, const resolve::Closure& closure,
                                      std::span<const Entry> entries);

}  // namespace bulkhead::opening
