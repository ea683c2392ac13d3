// What has to be done to a capsule's libraries after ld.so has relocated them and before their
// constructors run.
//
// Between the two ld.so calls nothing of ours by itself; but among objects that do not depend on
// each other the one listed last is initialised first, in both of glibc's algorithms (2.31 to
// 2.34; 2.35 and later). So the manifest's last entry is an image with nothing but a constructor.
// Where a library has DF_1_INITFIRST (-z initfirst) so has that image: of all that come with an
// opening ld.so calls the last one with that mark first. That library's turn is then ours to give.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "opening/listing.h"
#include "opening/program_names.h"
#include "shims/thread_locals.h"

namespace bulkhead::opening {

struct Preparation {
  bool packed_relocations = false;  // DT_RELR, which this ld.so does not know
  bool tls_descriptors = false;     // see tlsdesc.h
  // New mirrors of libraries that have some.
  std::span<const shims::MirroredThreadLocals> thread_locals;
  // Exposed libraries whose shims lead to them before any constructor inside runs: constructors
  // may call the program, or be called by way of it.
  std::span<const handoff::ShimHeader* const> shims;
  // These are opened, and constructors have to wait for their turns (turns/beginnings.h).
  std::span<const handoff::ShimHeader* const> turns;
  bool wakes = false;  // constructors wait that the opening may need
  std::span<const handoff::ShimHeader* const> opened_for;  // with `wakes`: the shims, if any
  process::BaseView* base = nullptr;                       // if it has been read; these are in it
  const ProgramNames* program_names = nullptr;             // whose variables are to be filled
  std::span<const FileCopy> copies = {};   // these are to have the names of their files
  std::span<const std::string_view> late;  // functions: see late/calls.h
  bool first = false;                      // a library is to be initialised first of all
  bool own_glibc = false;  // libraries of glibc are the capsule's own: see isolation/isolate.h

  bool any() const {
    return packed_relocations || tls_descriptors || !thread_locals.empty() || !shims.empty() ||
           program_names != nullptr || own_glibc || !turns.empty() || wakes || !copies.empty() ||
           !late.empty();
  }
};

// What the libraries of a closure call for by themselves. Errors: one that cannot be prepared.
Result<Preparation> preparation_for(Arena& arena, capsule::Capsule& capsule,
                                    const resolve::Closure& closure);

// What ld.so leaves to us.
capsule::LoaderAbilities abilities_of_ld_so(process::BaseView& base);

// The image that the manifest lists last. Its constructor wants the next function. `first`: as
// above.
Pieces build_first_constructor(Arena& arena, bool first);

// process::open_in with all that done. Errors are ld.so's, or those of the preparation, after
// which constructors have run in spite of them.
Result<link_map*> open_prepared(Arena& arena, capsule::Capsule& capsule, std::string_view manifest,
                                int mode, const Preparation& preparation);

// Before a file is opened without a manifest: opens it by one, so that the same holds for it.
// What is returned is to be closed when the file has been opened; null if there was no need,
// or if it cannot be opened.
link_map* open_by_manifest(Arena& arena, capsule::Capsule& capsule, std::string_view path,
                           int mode);

}  // namespace bulkhead::opening
