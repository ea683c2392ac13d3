// dlsym and dlvsym as libraries in a capsule see them: what they find is what they would find
// natively, where the capsule's libraries and the program's are in one namespace.
#pragma once

#include "capsule/hook.h"

namespace bulkhead::inside {

const void* hooked_dlsym(capsule::Capsule& capsule, capsule::HookCall& call, const void* original);
const void* hooked_dlvsym(capsule::Capsule& capsule, capsule::HookCall& call, const void* original);

// The same for the program that has a handle: see capsule/hook.h.
void* symbol_by_handle(capsule::Capsule& capsule, void* handle, const char* name,
                       const char* version);

// What a library of the capsule's, which has that address, natively refers to by a name without a
// version. Null, and no message, if there is none. For capsules that see the program as natively.
void* symbol_by_default(capsule::Capsule& capsule, const char* name, const void* caller);

}  // namespace bulkhead::inside
