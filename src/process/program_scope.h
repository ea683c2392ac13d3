// The program's own scope: what ld.so searches for everybody before it searches anything else.
//
// It is what was there when the program began: the program, what was preloaded, and all that these
// need, breadth first. ld.so lists objects in the order in which it loads them, and unloads none of
// these, so they are the first of the base, in that order.
#pragma once

#include <cstddef>

#include "base/arena.h"
#include "process/base_view.h"

namespace bulkhead::process {

// How many of base.objects() they are. Thread-safe.
std::size_t program_scope_size(Arena& arena, BaseView& base);

}  // namespace bulkhead::process
