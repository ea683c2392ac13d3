// At exit: libraries that a capsule of the interface shares with the program end after what needs
// them inside.
//
// Natively a plugin ends before the libraries that it needs. In the base nothing tells ld.so that
// anybody in a capsule needs one. So an image is opened there that does, and nothing else; at its
// turn, which is where the plugin's would be, the capsule's libraries end.
#pragma once

#include "base/arena.h"
#include "capsule/capsule.h"
#include "process/base_view.h"

namespace bulkhead::turns {

// After an opening: for what the capsule has mirrors of by now. Nothing is done for what has no
// destructors, or was seen to before. Under ld.so's lock, which it calls.
void end_before_shared(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base);

}  // namespace bulkhead::turns
