// The order in which ld.so would search libraries if there were no capsule: the program, what was
// preloaded, and what these need, breadth first, with the capsule's libraries in the places of
// shims. Then what was opened by dlopen and needs an exposed library, with all that it needs.
//
// It ends with the last exposed library: what comes behind takes the place of nothing.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::capsule {

struct NativePlace {
  const elf::Object* base;         // the base's; null: it is the capsule's
  const resolve::Library* inside;  // the capsule's; null: it is the base's
};

// `closure`: what is being opened. The exposed libraries in it are those of the request.
List<NativePlace> native_scope(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               const resolve::Closure& closure);

// The same without what the program has from its beginning: what a dlopen brings, in the order in
// which that is searched.
List<NativePlace> scope_of_opened(Arena& arena, const Capsule& capsule, process::BaseView& base,
                                  const resolve::Closure& closure);

}  // namespace bulkhead::capsule
