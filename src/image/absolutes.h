// Images whose symbols are addresses in this process: what stands first in a capsule's scope.
//
// An executable that was not compiled for it reserves room of its own for a variable of a
// library (a copy relocation), and expects the library to use that room. Natively it does,
// because the executable comes first in symbol lookup; in a capsule such an image does.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

struct Absolute {
  // Which references of the name ld.so binds to it.
  enum class For : std::uint8_t { all, version, unversioned };

  std::string_view name;
  elf::Addr address;  // of a thread-local variable: its place relative to the thread pointer
  elf::Addr size;     // of the object, in bytes
  For references = For::all;
  std::string_view version = {};  // For::version: that one
  bool is_thread_local = false;   // has to be led to its place when it is loaded: see tls_block.h
};

// No requirement of a version may name `soname` as its file. Symbol i + 1 is objects[i].
Pieces build_absolutes(Arena& arena, std::string_view soname, std::span<const Absolute> objects);

}  // namespace bulkhead::image
