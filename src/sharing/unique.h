// Names of which there is one definition for all (STB_GNU_UNIQUE: C++'s inline variables), and that
// both sides have.
//
// Natively the first definition that ld.so finds is that of all libraries of a namespace, whatever
// the scope of who asks. A shared library's was found in the base. So where the capsule's libraries
// define such a name themselves, it is to mean the shared library's to them. A library that uses
// such a name refers to it, as its shim does, and ld.so has bound that to the first one.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"
#include "image/absolutes.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::sharing {

// Of one of these shims, where another library of the base was the first to have it.
List<image::Absolute> unique_of_shims(Arena& arena, process::BaseView& base,
                                      std::span<const handoff::ShimHeader* const> shims);

// Of shared libraries those that they refer to themselves, and libraries of the closure define.
List<image::Absolute> unique_of_shared(Arena& arena, const capsule::Capsule& capsule,
                                       process::BaseView& base, const resolve::Closure& closure);

}  // namespace bulkhead::sharing
