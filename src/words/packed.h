// DT_RELR where ld.so does not know it, that is, before glibc 2.36.
#pragma once

#include <cstddef>

#include "elf/dynamic.h"
#include "elf/image.h"

namespace bulkhead::words {

// Adds the load bias to every word that DT_RELR names, once ld.so has done the rest. Returns how
// many; nobody may have used the object before.
Result<std::size_t> relocate_packed(const elf::Image& object, const elf::Dynamic& dynamic);

}  // namespace bulkhead::words
