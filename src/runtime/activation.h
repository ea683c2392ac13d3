// The story of an activation: a shim's library is opened in its capsule, with those of all shims of
// that capsule which are loaded and not bound, and they are bound.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"

namespace bulkhead::runtime {

// The capsule of a shim, known from now on. Ends the process if there can be none.
capsule::Capsule& capsule_for(Arena& arena, const handoff::ShimHeader& shim);

// Who comes: DT_INIT, the first call of a function, ld.so's relocating of the shim, or the runtime
// before DT_INIT (early.h).
enum class From : std::uint8_t { init, stub, relocation, start };

// One thread opens, and may come again meanwhile: a constructor of what it opens needs another
// exposed library, or calls one. But for the first call of a function, another one goes on without
// waiting: it holds ld.so's lock, which the opener needs, and its shim will be bound by the opener
// or at first call. What errors say lives in `arena`.
Status open_capsule(Arena& arena, capsule::Capsule& capsule, const handoff::ShimHeader& shim,
                    From from);

// Before anything is called: it might be the very library that is to be opened.
void keep_own_calls_from(const handoff::ShimHeader& shim);

// What to say of a shim whose library cannot be opened.
std::string_view describe(Arena& arena, const handoff::ShimHeader& shim, std::string_view tree,
                          const Error& error);
[[noreturn]] void stop(const handoff::ShimHeader& shim, std::string_view tree, const Error& error);

}  // namespace bulkhead::runtime
