// Whether the program opens a library with RTLD_DEEPBIND.
//
// A shim is initialised in the middle of that dlopen, and ld.so tells nobody how it was called. But
// it can be asked what a name means to the shim that the shim has and something global has, too.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "handoff/handoff.h"
#include "process/base_view.h"

namespace bulkhead::shims {

// Unknown where each name of theirs has one meaning, or means to them what it means to the program
// by a library, which may belong to both: then nobody can tell.
enum class DeepBind : std::uint8_t { unknown, no, yes };

// For shims that one dlopen has brought and that are not bound. Asks ld.so.
DeepBind deep_bind_of(Arena& arena, process::BaseView& base,
                      std::span<const handoff::ShimHeader* const> shims);

}  // namespace bulkhead::shims
