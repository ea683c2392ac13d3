// Where calls of hooked functions arrive: each capsule has an entry of its own for each hook.
//
// A mirror's entry may point anywhere at no cost, so that is where functions of glibc are replaced:
// for callers inside the capsule only.
#pragma once

#include <span>
#include <string_view>

#include "capsule/capsule.h"
#include "elf/object.h"
#include "image/absolute_symbols.h"

namespace bulkhead::capsule {

// Replaces the addresses of hooked names, in every version, by this capsule's entries.
void redirect_to_hooks(const Capsule& capsule, const elf::Object& library,
                       const image::AbsoluteSymbols& symbols);

// The entry of a hook, which need not be one that mirrors lead to.
const void* hook_entry(const Capsule& capsule, const Hook& hook);

// Whether mirrors of that capsule lead to a hook of that name.
bool is_hooked(const Capsule& capsule, std::string_view name);

// The hook of that number.
const Hook& hook_at(const HookTable& table, unsigned number);

}  // namespace bulkhead::capsule
