// Which library an address is in.
#pragma once

#include <span>

#include "arch/machine.h"
#include "base/arena.h"
#include "tool/libraries.h"

namespace bulkhead::tool {

enum class RegionKind : std::uint8_t {
  none,
  program,
  library,
  libc,
  loader,
  bulkhead,
  vdso,
  tool,
  capsule,
};

struct Region {
  RegionKind kind = RegionKind::none;
  Library library = {};
  Lmid_t space = -1;
};

// All there are now, in the order of addresses; and what find_region goes by from now on. Under
// ld.so's lock.
std::span<const Region> list_regions(Arena& arena, std::span<const Library> libraries);

// The region of an address as of the last list_regions; its kind is none if there is none.
// Async-signal-safe.
Region find_region(elf::Addr address);

}  // namespace bulkhead::tool
