// Files of this system that a capsule was planned with. The plan looks at the program's libraries
// before it starts; another program that inherits the shims, or another dynamic linker, may have
// other files of these names. One that lacks what the capsule's libraries import would show at some
// call, or as a library that does not load: it is an error before either.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::capsule {

// What to open in the base for a library that is shared and not loaded yet: the planned file while
// it is there, else the name.
std::string_view file_to_share(const Capsule& capsule, std::string_view name);

// This system's own file of an exposed library, where a plain search does not lead to it; empty if
// it does, or nobody knows.
std::string_view planned_native(const Capsule& capsule, std::string_view name);

// Whether the base's library of that name, which is loaded, is the planned file, or has all of that
// one's symbols that `closure` imports. Fault::conflict if not.
Status require_planned(Arena& arena, const Capsule& capsule, process::BaseView& base,
                       const resolve::Closure& closure, std::string_view name);

// The first symbol that other libraries of a closure import from one of them and `copy`, another
// file of that name, lacks; empty if it has all of them.
std::string_view lacked_symbol(Arena& arena, const resolve::Closure& closure, std::uint32_t library,
                               const elf::Object& copy);

}  // namespace bulkhead::capsule
