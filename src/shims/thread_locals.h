// Thread-local variables that cross the border: an exposed library's that the program uses, a
// shared library's that the capsule's use. See image/tls_block.h for the means.
//
// Both the library and what stands for it need static TLS, of which ld.so gives what is linked to
// the program all it wants, and what comes later (all that is in a capsule) from a reserve.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "elf/object.h"
#include "handoff/handoff.h"
#include "image/absolutes.h"
#include "process/base_view.h"
#include "words/tls_words.h"

namespace bulkhead::shims {

// Whether one of these has thread-local symbols. Then it has to be bound before constructors run.
bool have_thread_locals(process::BaseView& base, std::span<const handoff::ShimHeader* const> shims);

// Makes the thread-local symbols of a shim mean those of `target`, which ld.so has relocated as
// `loaded`. Before any constructor of the target runs, which might use a variable: then it is
// too late for static TLS. Errors: one that the base uses cannot be had. One that nobody uses yet
// is not found from then on. Calls ld.so.
Status bind_thread_locals(Arena& arena, const elf::Object& shim, const elf::Object& target,
                          const link_map* loaded);

// Where the thread-local variables are that a library of the base exports, relative to the thread
// pointer, by its symbols; 0: not to be had. Empty if there are none. Calls ld.so.
std::span<const elf::Addr> tls_places_of(Arena& arena, const elf::Object& library,
                                         std::string_view name);

// An image in the capsule with thread-local symbols of the base's: a mirror, or one of
// image/absolutes.h.
struct MirroredThreadLocals {
  std::string_view name;
  const elf::Object* library;         // of the mirror; null for absolutes
  std::span<const elf::Addr> places;  // by the library's symbols
  std::span<const image::Absolute> absolutes = {};
};

// Makes these images' symbols mean them. `first`: an object of the capsule that
// stands before them. What is returned is
// what to rebind the capsule's new libraries with.
Result<List<words::TlsStandIn>> bind_mirrors(Arena& arena, const link_map* first,
                                             std::span<const MirroredThreadLocals> mirrors);

}  // namespace bulkhead::shims
