// Images of functions that only go on to others: so that a name inside a namespace is code in that
// namespace, while what it does is done elsewhere.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

struct Trampoline {
  std::string_view name;
  elf::Addr target;
};

// The functions have no versions: ld.so takes them for any version of the name.
Pieces build_trampolines(Arena& arena, std::string_view soname,
                         std::span<const Trampoline> trampolines);

}  // namespace bulkhead::image
