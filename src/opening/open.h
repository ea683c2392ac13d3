// Opening libraries in a capsule: find, decide, generate, let ld.so do the rest.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/search.h"

namespace bulkhead::opening {

struct OpenRequest {
  std::span<const std::string_view> roots;  // SONAMEs, or absolute paths inside the tree
  resolve::Searcher::Scope scope;           // of the library that asks
  // Shims that stand for the roots and are not bound: set at the first opening.
  std::span<const handoff::ShimHeader* const> shims;
  bool bind_now = false;
  bool deep_bind = false;
  // ld.so is still relocating the shims: they are not to be bound by this.
  bool may_be_refused = false;
  bool pin = false;  // for the rest of the process
  // Directories, joined by ':', that are searched as those of LD_LIBRARY_PATH are.
  std::string_view library_path = {};
  process::BaseView* base = nullptr;  // the caller's, if it has one, as it is before
};

struct Opened {
  link_map* manifest;
  // The manifest must stay open. (A library that outlives its manifest looks symbols up in what it
  // needs itself, and nobody needs a supplement by name.)
  bool stays;
  std::string_view first;  // what ld.so knows the first root by: a path, or a mirror's SONAME
};

// Opens libraries of the tree, with all that they need, by one manifest. The first call
// makes the namespace.
Result<Opened> open_libraries(Arena& arena, capsule::Capsule& capsule, const OpenRequest& request);

}  // namespace bulkhead::opening
