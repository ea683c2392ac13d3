// Images whose symbols are addresses in this process: what stands first in a capsule's scope.
//
// An executable that was not compiled for it reserves room of its own for a variable of a
// library (a copy relocation), and expects the library to use that room. Natively it does,
// because the executable comes first in symbol lookup; in a capsule such an image does.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

struct Absolute {
  std::string_view name;
  elf::Addr address;
  elf::Addr size;  // of the object, in bytes
};

// The symbols have no versions: ld.so then takes them for any version of the name, as long as
// no requirement names `soname` as its file.
Pieces build_absolutes(Arena& arena, std::string_view soname, std::span<const Absolute> objects);

}  // namespace bulkhead::image
