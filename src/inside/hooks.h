// Functions of glibc that mean something else inside a capsule: all of them.
#pragma once

#include "capsule/hook.h"

namespace bulkhead::inside {

// What capsules are made with.
const capsule::HookTable& hook_table();

}  // namespace bulkhead::inside
