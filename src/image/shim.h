// Shims: what the program loads in place of an exposed library.
//
// A shim has the target's SONAME, exported names and versions. Each function is a stub
// (arch/) that opens the capsule when it is called early; the shim's DT_INIT opens it
// otherwise, after which the runtime writes the capsule's addresses into the shim's own
// dynsym, so that all that ld.so binds later is bound to the capsule directly.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "elf/object.h"

namespace bulkhead::image {

struct ShimRecipe {
  const elf::Object* target;  // the library of the tree, as read from its file
  std::string_view soname;    // the name that the program asks for
  std::string_view request;   // handoff::encode()d
  // Libraries of the base, and other shims, that the program gets with the shim: its DT_NEEDED.
  std::span<const std::string_view> companions = {};
  // Its DT_RUNPATH: where the runtime is, and the companions that no plain search finds.
  std::string_view search_path = "$ORIGIN";
  bool interposes = false;  // see interposer.h
  // It may be linked to, and is not for dlopen (DF_1_NOOPEN).
  bool not_for_dlopen = false;
};

// The bytes of the shim's file, in `arena`. Errors: the target exports nothing, or more
// than the format can hold.
Result<std::span<const std::byte>> build_shim(Arena& arena, const ShimRecipe& recipe);

}  // namespace bulkhead::image
