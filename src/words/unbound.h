// Slots of functions that ld.so has not bound yet, as nobody has called them.
#pragma once

#include <cstddef>
#include <string_view>

#include "elf/object.h"

namespace bulkhead::words {

// Asks for each function that the object calls by a slot which still leads to its PLT: `find`
// gives the address to bind it to, or 0 to leave it to ld.so. Names and versions, which may be
// empty, are NUL-terminated. Returns how many slots were bound. Other threads may call meanwhile.
std::size_t bind_unbound(const elf::Object& object,
                         elf::Addr (*find)(void* context, std::string_view name,
                                           std::string_view version),
                         void* context);

}  // namespace bulkhead::words
