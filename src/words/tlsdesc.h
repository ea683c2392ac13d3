// TLS descriptors of loaded libraries: making their use keep all registers, as the psABI's
// supplement on TLS descriptors promises and ld.so does since glibc 2.40 (BZ 31372).
#pragma once

#include <link.h>

#include <cstddef>
#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "elf/dynamic.h"

namespace bulkhead::words {

struct TlsDescriptorCount {
  std::size_t changed = 0;
  std::size_t left = 0;  // those that could not be: their use goes on as it would natively
};

// Replaces ld.so's function by ours in the descriptors of `object`, which ld.so has
// relocated. What other threads use meanwhile works either way. `scopes`: handles
// among whose symbols ld.so looks for the object's.
Result<TlsDescriptorCount> save_registers(Arena& arena, const elf::Image& object,
                                          const elf::Dynamic& dynamic,
                                          std::span<link_map* const> scopes);

}  // namespace bulkhead::words
