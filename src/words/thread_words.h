// Words of a loaded object that hold a thread-local variable's place relative to the thread
// pointer, as the initial-exec model uses them.
//
// Such a word is all that tells a library where the variable lies: changed before the library's
// code runs, it makes two copies of a library use one variable. (glibc's own libraries reach errno
// so in all releases from 2.31 to 2.41; the symbol is errno@GLIBC_PRIVATE, or there is none.)
#pragma once

#include <cstddef>
#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "elf/image.h"

namespace bulkhead::words {

// Places relative to the thread pointer, modulo 2^64.
struct PlaceMove {
  elf::Addr from;
  elf::Addr to;
};

// The place of the calling thread's variable at that address.
elf::Addr thread_place(const void* variable);

// The calling thread's variable at that place, which is in static TLS.
inline const elf::Addr* at_thread_place(elf::Addr place) {
  return reinterpret_cast<const elf::Addr*>(
      reinterpret_cast<elf::Addr>(__builtin_thread_pointer()) + place);
}

// All places that words of `object` hold; some may be there several times.
List<elf::Addr> thread_places(Arena& arena, const elf::Image& object);

// Changes each word of `object`, as ld.so has relocated it, that holds one of the places. Nobody
// else may use the object meanwhile. Returns how many were changed.
std::size_t move_thread_words(const elf::Image& object, std::span<const PlaceMove> moves);

}  // namespace bulkhead::words
