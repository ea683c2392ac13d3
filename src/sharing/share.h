// Sharing in: mirrors of base libraries for a capsule.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "sharing/supplement.h"

namespace bulkhead::sharing {

struct MirrorImage {
  std::string_view name;
  Pieces bytes;
  std::span<const elf::VersionDefinition> versions;
  // Of the library, if thread-local variables of it can be used inside: see shims/thread_locals.h.
  const elf::Object* library = nullptr;
  std::span<const elf::Addr> tls_places;
  // It has the constructor of prepare.h, and so is to be listed last.
  bool has_constructor = false;
};

// Builds mirrors of `names`, which may be those of sharing/brought.h, loading into the base what is
// not there yet, and keeping it for ever. Calls ld.so. Capsule::ld_so is known.
// `relocating`: shims that ld.so relocates. What they have brought stays with them, and its
// constructors run at their turn; unless something of that dlopen may fail yet: mirrors stay, so
// it is initialised at once.
Status build_mirrors(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base,
                     std::span<const std::string_view> names, const TreesLibgcc& libgcc,
                     List<MirrorImage>& mirrors,
                     std::span<const handoff::ShimHeader* const> relocating = {});

}  // namespace bulkhead::sharing
