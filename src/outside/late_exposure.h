// Libraries that the interface exposes to a running program.
//
// Exposing loads nothing, as a library that lies where ld.so searches is not loaded by that. When
// the program opens something, ld.so's own search tells whether that is an exposed library, or
// needs one that is not there yet. Then shims of just these are made, and opened together with it,
// in the order in which ld.so would have come by them: by an image that needs all, which goes
// when the program closes what it has opened. So all else is as with shims of a directory.
#pragma once

#include <span>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "words/slots.h"

namespace bulkhead::outside {

// From now on the program gets the libraries in Request::expose. After shims::check_exposed; the
// base is hooked, and hook_later_libraries was called.
void expose_late(capsule::Capsule& capsule);

// Lets what is loaded from now on call these: see base_hooks. For who holds ld.so's lock.
void hook_later_libraries(Arena& arena, std::span<const words::Import> hooks);

// What a dlopen of the program's, called at `caller`, came to. It has no RTLD_NOLOAD, which brings
// nothing. `relocated`, if not null, is called when ld.so has relocated what is opened and has run
// no constructor of it: it may ask ld.so for things, but neither open nor close libraries.
struct LateOpening {
  bool is_done = false;    // else ld.so is to open it as it is
  void* handle = nullptr;  // null: there is a message for dlerror
};
LateOpening open_with_exposed(const char* file, int mode, const void* caller,
                              void (*relocated)() = nullptr);

// The program has closed the handle: with the last time what came with it is closed, too.
void end_company(void* handle);

}  // namespace bulkhead::outside
