// dlopen, dlmopen and dlclose as libraries in a capsule see them: names mean files of the
// tree, and what is opened stays in the capsule.
#pragma once

#include <span>
#include <string_view>

#include "capsule/hook.h"

namespace bulkhead::inside {

std::span<const capsule::Hook> dl_hooks();

// For capsule::HookTable.
void* open_for_program(capsule::Capsule& capsule, std::string_view path, int mode);

}  // namespace bulkhead::inside
