// Static TLS for a library that did not ask for it.
//
// ld.so gives what is linked to the program, or preloaded, a thread-local block in each thread when
// that begins. To what comes later it does so only if a relocation needs it; else a thread gets its
// block by malloc when it first uses it.
#pragma once

#include <link.h>

#include "base/arena.h"
#include "base/result.h"
#include "elf/object.h"
#include "image/probe.h"

namespace bulkhead::words {

// Gives the block of a library a place in static TLS, in all threads, and returns where in it the
// symbol is, relative to the thread pointer. Nothing happens to one that has it. `symbol`: a
// thread-local one that ld.so finds in that library first of all. No constructor is run. Errors:
// those of ld.so, which may be out of room, or have given threads blocks already. Calls ld.so.
Result<elf::Addr> make_tls_static(Arena& arena, const link_map* loaded,
                                  const image::Question& symbol);

// A first use of a library's block by the calling thread, which from then on finds it without a
// lock of ld.so's. The library has been relocated.
void use_block_of(const link_map* loaded);

// The same as the first for one with a block that may have no such symbol, and that ld.so has
// relocated. From then on the calling thread finds the block without a lock of ld.so's. No other
// thread may know the library: while ld.so is asked, lookups take one of its symbols for a
// thread-local one. Errors: also a library that exports nothing, which ld.so cannot be asked about.
Status give_static_tls(Arena& arena, const elf::Object& library, const link_map* loaded);

}  // namespace bulkhead::words
