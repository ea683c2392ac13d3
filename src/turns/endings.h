// At exit: the destructors of a capsule's libraries after the program's.
//
// ld.so finalises namespaces from the last to the first, so a capsule's libraries would be gone
// when the destructors of the program and its libraries run, which may call them. Natively they
// come later. So when the capsule's turn comes, which its first manifest learns as nothing
// depends on that one, the DT_FINI and DT_FINI_ARRAY of its libraries are put aside: ld.so, which
// reads these as each library's turn comes, finds functions of ours instead, which tell in which
// order it came by. In that order they are run, those of an exposed library when its shim has its
// turn, with those of what nobody needs after that; what is left when the last shim has its turn.
//
// Nothing is changed before exit: what is closed until then is finalised by ld.so itself.
#pragma once

#include <span>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"

namespace bulkhead::turns {

// What the first manifest of a capsule has as DT_FINI_ARRAY.
std::span<const elf::Addr> ending_of(Arena& arena, const capsule::Capsule& capsule);

// What an image of the base has as DT_FINI_ARRAY at whose turn a capsule of the interface ends.
std::span<const elf::Addr> end_of(Arena& arena, const capsule::Capsule& capsule);

// A shim's DT_FINI.
void end_shim(const handoff::ShimHeader& shim);

// The runtime's own DT_FINI, which comes after that of all that calls the interface.
void end_all();

}  // namespace bulkhead::turns
