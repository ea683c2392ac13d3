// Exposing libraries in a process that has started already: shims that are memory files.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/loader.h"

namespace bulkhead::shims {

// Whether the program can have the capsule's libraries in Request::expose. Thread-safe. Errors:
// Fault::conflict if one of that name is loaded, or is another capsule's; what cannot be found.
Status check_exposed(Arena& arena, const capsule::Capsule& capsule);

// A shim that ld.so can open for as long as this lives, and which shared libraries and other
// exposed ones it needs.
struct LateShim {
  process::ImageFile file;
  std::span<const std::string_view> companions;
};

// Of a library in Request::expose. Errors: the tree has changed since check_exposed.
Result<LateShim> make_late_shim(Arena& arena, const capsule::Capsule& capsule,
                                std::string_view name);

}  // namespace bulkhead::shims
