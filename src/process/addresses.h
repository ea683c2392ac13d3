// Which addresses the symbols of a base library really have for the base's other
// libraries: its own definitions, unless something earlier in the base's scope
// interposes them (a malloc of LD_PRELOAD, data that the program copied into itself).
#pragma once

#include <span>

#include "base/arena.h"
#include "elf/object.h"
#include "image/probe.h"
#include "process/modules.h"

namespace bulkhead::process {

// What ld.so binds references of a library in that namespace to: see image/probe.h. `name` is the
// library's that defines them, as ld.so knows it. `mode`: RTLD_DEEPBIND for that library's own
// definitions, whatever comes before it; else 0. Calls ld.so.
Result<std::span<const elf::Addr>> ask(Arena& arena, Lmid_t space, std::string_view name,
                                       std::span<const image::Question> questions,
                                       std::uint32_t relocation, int mode = 0);

// Where a loaded library itself defines a symbol, which for an IFUNC its resolver says; 0 if
// it has no address to give (not exported, thread-local, a mark of old binutils).
elf::Addr address_in(const elf::Object& library, const elf::Sym& symbol);

// One address for each symbol of `library` (0: none to give, as for thread-locals).
// `earlier`: the objects of the base that precede it in ld.so's order.
// Asks ld.so itself (through a probe: an image with one GOT entry a symbol) for the
// names that an earlier object also defines; computes the others.
Result<std::span<elf::Addr>> addresses_of(Arena& arena, const elf::Object& library,
                                          std::span<const elf::Object* const> earlier);

}  // namespace bulkhead::process
