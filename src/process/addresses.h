// Which addresses the symbols of a base library really have for the base's other
// libraries: its own definitions, unless something earlier in the base's scope
// interposes them (a malloc of LD_PRELOAD, data that the program copied into itself).
#pragma once

#include <span>

#include "base/arena.h"
#include "elf/object.h"
#include "process/modules.h"

namespace bulkhead::process {

// One address for each symbol of `objects[index]` (0: none to give, as for thread-locals).
// Asks ld.so itself (through a probe: an image with one GOT entry a symbol) for the
// names that an earlier object also defines; computes the others.
Result<std::span<elf::Addr>> addresses_of(Arena& arena, std::span<const BaseObject> objects,
                                          std::size_t index, const elf::Object& library);

}  // namespace bulkhead::process
