// What the C interface does with capsules (include/bulkhead/bulkhead.h).
//
// Unlike a capsule that shims open, one of the interface begins empty: its first manifest lists
// nothing, so that nothing is in front of what is opened later, and nothing that was opened stays
// when it is closed. The libc in it stays, and what glibc needs in every namespace.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"
#include "process/base_view.h"

namespace bulkhead::opening {

// Opens the namespace of a capsule, unless that has been done. Thread-safe. Errors are ld.so's.
Status open_empty(Arena& arena, capsule::Capsule& capsule);

// Opens the namespace of a capsule with nothing but a libc in its global scope: the mirror, or its
// own. By the thread that opens the capsule. Errors are ld.so's.
Status open_with_libc(Arena& arena, capsule::Capsule& capsule, process::BaseView& base);

struct Demand {
  // A bare name, or an absolute path: inside the tree, or with the tree's own in front.
  std::string_view file;
  int mode;                             // dlopen's
  bool shared = false;                  // RTLD_SHARED
  resolve::Searcher::Scope scope = {};  // of the code that asks, if it is of the same tree
  std::string_view library_path = {};   // see OpenRequest
};

// Opens a library in a capsule that is open. The handle is for close_handle. Thread-safe. Errors:
// those of open_libraries, and Fault::conflict: see add_stand_in.
Result<void*> open_on_demand(Arena& arena, capsule::Capsule& capsule, const Demand& demand);

// Whether nothing is left in a namespace but what is there from the beginning.
bool is_empty(const capsule::Capsule& capsule);

}  // namespace bulkhead::opening
