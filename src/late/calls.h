// Functions that a library of a capsule calls, and that nobody in the capsule defines.
//
// ld.so binds a function when it is first called, and natively looks into what is in scope then:
// what has become global, and all that was opened and needs the caller. The program's libraries are
// never in a capsule's scope. So calls of what nobody in the capsule defines ask at their first
// time (inside/late_calls.h).
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "image/absolutes.h"
#include "resolve/closure.h"

namespace bulkhead::late {

// Of the names that are expected of the program those that `found` lacks, if a library of the
// closure calls them.
List<std::string_view> late_functions(Arena& arena, const resolve::Closure& closure,
                                      std::span<const std::string_view> expected,
                                      std::span<const image::Absolute> found);

// Has the first call of each such function ask what is there then: of the libraries from `first` on
// in the namespace's list. Under ld.so's lock, after it has relocated them.
void ask_at_first_call(Arena& arena, capsule::Capsule& capsule, link_map* first,
                       std::span<const std::string_view> names);

}  // namespace bulkhead::late
