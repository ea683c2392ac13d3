// Functions of glibc that mean something else inside a capsule: all of them.
#pragma once

#include "capsule/hook.h"

namespace bulkhead::capsule {

// What capsules are made with.
const HookTable& hook_table();

}  // namespace bulkhead::capsule
