// This system's own libraries in place of a capsule that cannot be opened.
//
// A shim then stands for the library that the program would have had without bulkhead: its
// file is found by ld.so's rules, shims left out, and opened in the base by its absolute
// path. ld.so compares no such path with a SONAME, so it comes in beside the shim that has
// the same one. The shim is bound to it as to a library of a capsule, before any of its
// constructors runs.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"

namespace bulkhead::shims {

struct NativeSearch {
  std::string_view library_path;  // the process's LD_LIBRARY_PATH, as it is
  bool settle;                    // see settle_shims
};

// Binds a shim, and before it those that its library needs, to this system's libraries.
// Constructors of these may come here again, for other shims. Error: this system has no such
// library, or ld.so cannot load it.
Status bind_natively(Arena& arena, capsule::Capsule& capsule, const handoff::ShimHeader& shim,
                     const NativeSearch& search);

// Whether a shim was loaded because of other shims only: the tree's libraries need it, and this
// system's may do without. It is none that the program opened.
bool is_needed_by_shims_alone(const handoff::ShimHeader& shim);

}  // namespace bulkhead::shims
