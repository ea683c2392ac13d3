// Running under ld.so's own lock.
//
// ld.so gives nobody its load lock, but it holds it (recursively) while it runs the
// constructors of what dlopen loads. So a generated image is opened whose only constructor
// is ours: inside, no other thread can load or unload anything, and dlmopen may be called.
// A thread that is inside already goes on directly.
#pragma once

#include <type_traits>

#include "base/arena.h"

namespace bulkhead::process {

// Calls `function(context)` once, on this thread, under ld.so's lock; directly where no image
// can be made, when opening libraries would fail for the same reason.
void with_loader_lock(Arena& arena, void (*function)(void*), void* context);

// The same with a function object.
template <class Work>
void with_loader_lock(Arena& arena, Work&& work) {
  with_loader_lock(
      arena, [](void* context) { (*static_cast<std::remove_reference_t<Work>*>(context))(); },
      &work);
}

// Opens and closes an image that has ld.so initialise it first (DF_1_INITFIRST): so nothing that
// ld.so has mapped before is to be initialised with the next opening. Whether it could be opened.
bool take_first_turn(Arena& arena);

}  // namespace bulkhead::process
