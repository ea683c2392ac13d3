// Thread-local variables of preloaded tools, which are in static TLS as those of any library in
// LD_PRELOAD are.
//
// That matters to what is called by allocators: else the first use of a variable in a thread asks
// for memory, so a tool that replaces malloc, or a function which the program's malloc calls, would
// call itself without end. And to signal handlers.
#pragma once

#include <link.h>

#include "base/arena.h"
#include "process/base_view.h"

namespace bulkhead::shims {

// Gives it to all that a tool's capsule consists of: the objects from `first` on, which ld.so has
// just relocated. Before any of their code runs, and before the program's calls reach them. A
// library for which there is no room, or that exports nothing, gets its variables when a thread
// uses them. Calls ld.so.
void give_static_tls(Arena& arena, process::BaseView& base, link_map* first);

}  // namespace bulkhead::shims
