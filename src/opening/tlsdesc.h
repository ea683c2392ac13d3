// TLS descriptors of a capsule's libraries, where the base's ld.so does not keep registers.
//
// GLIBC_ABI_GNU2_TLS promises libraries that a use of a thread-local variable changes no
// register. An ld.so that does so itself says it by that version (glibc 2.40, and older ones
// that a distribution has mended). For all others the mirror of libc claims it, and the
// descriptors lead to functions of ours (arch/<cpu>/tlsdesc.S) before any code of the capsule
// runs.
#pragma once

#include <link.h>

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::opening {

// Whether this closure has TLS descriptors, and ld.so does not promise to keep registers.
bool descriptors_lose_registers(capsule::Capsule& capsule, const resolve::Closure& closure);

// Looks after the descriptors of one object, which ld.so has relocated. `scopes`: see
// words/tlsdesc.h.
void save_registers(Arena& arena, std::string_view name, const elf::Image& object,
                    const elf::Dynamic& dynamic, std::span<link_map* const> scopes);

}  // namespace bulkhead::opening
