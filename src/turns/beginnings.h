// The constructors of exposed libraries at their shims' turn.
//
// What several shims stand for is mapped and relocated at once, when the first of them is
// initialised. Natively each library's constructors run when its own turn comes, with those of the
// base's libraries in between. So before any constructor runs, those of the libraries whose turn
// has not come are put aside: exposed ones whose shim ld.so has not come to, and what would be
// initialised between them and the one before, in ld.so's order. They run at that shim's turn.
// Functions may be called before, as natively. A library that ld.so is to initialise first of all
// (-z initfirst) begins alone: at its shim's turn, which has that mark, too; else with the opening.
//
// ld.so's lock is held by who calls these.
#pragma once

#include <link.h>

#include <span>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"
#include "resolve/closure.h"

namespace bulkhead::turns {

// Whether any constructors of a closure will have to wait, if these shims' libraries are opened
// now.
bool have_to_wait(const capsule::Capsule& capsule, const resolve::Closure& closure,
                  std::span<const handoff::ShimHeader* const> shims);

// Puts them aside, before constructors run. `first`: the first object of the opening, its
// manifest.
void put_constructors_aside(Arena& arena, capsule::Capsule& capsule, const link_map* first,
                            std::span<const handoff::ShimHeader* const> shims);

// Of an opening that has libraries with that mark, and an image of ours behind them that took their
// turn: has the one begin that ld.so would have called, unless it waits for a shim.
void begin_first(const link_map* first);

// The turn of a shim.
void begin_shim(const handoff::ShimHeader& shim);

// Whether any constructors wait.
bool any_waits();
// Those of an object do: it is to have no destructors yet.
bool waits(const link_map* object);
// A dlopen that failed has left libraries that wait, and unloaded their shims. Such a library
// begins at the turn of the one of these shims that stands for it, and at no other's.
void take_turns_over(Arena& arena, capsule::Capsule& capsule,
                     std::span<const handoff::ShimHeader* const> shims);
// What waits and is needed by objects that are opened now, from `first` on, begins. `for_shims`:
// what the manifest itself needs, which is the first, has its turn with its shim.
void begin_needed(Arena& arena, const link_map* first, bool for_shims);
// The same for an object that is opened by itself.
void begin_object(const link_map* object);

}  // namespace bulkhead::turns
