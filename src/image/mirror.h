// Mirrors: what stands in a capsule for a library of the base.
//
// Same SONAME, same version definitions, every symbol an absolute address: a library in
// the capsule that needs libc.so.6 is bound by ld.so straight to the base's functions.
// (SHN_ABS values are not relocated since glibc 2.28: BZ 19818.)
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/object.h"
#include "image/absolute_symbols.h"

namespace bulkhead::image {

struct MirrorRecipe {
  const elf::Object* source;  // the base's library, as it is in memory
  std::string_view soname;
  AbsoluteSymbols symbols;                // its own; those of thread-locals become stand-ins
  std::span<const elf::Addr> tls_places;  // for each symbol, relative to the thread pointer; 0: it
                                          // has none; empty: no symbol has. tls_block.h
  std::span<const std::string_view> extra_versions;  // versions that the base's glibc lacks and
                                                     // compat's symbols are found under
  std::span<const std::string_view> needed = {};     // DT_NEEDED
  elf::Addr constructor = 0;  // code in this process, as in build_constructor; 0: none
};

// The file, in pieces that live as long as the symbols, the arena and the library.
Pieces build_mirror(Arena& arena, const MirrorRecipe& recipe);

// Two images with the same symbols under two SONAMEs, of which the first is the shorter one: those
// of a library's that have an address, and no others. Files of their own, since ld.so takes two
// paths to one file for one library. In pieces that live as long as the arena.
struct Twins {
  Pieces first;
  Pieces second;
};
Twins build_twins(Arena& arena, const elf::Object& source, const AbsoluteSymbols& symbols,
                  std::string_view first, std::string_view second);

}  // namespace bulkhead::image
