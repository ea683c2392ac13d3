// Memory that lives as long as a capsule, and the lock of everything in it.
#pragma once

#include "base/arena.h"
#include "base/lock.h"

namespace bulkhead::capsule {

// The owners of a capsule's lists (contents.h, bound_shims.h) share one. The lock is never held
// while ld.so is called: ld.so has a lock of its own, under which our constructors run.
struct Memory {
  Arena arena;  // guarded by `lock`
  Lock lock;
};

}  // namespace bulkhead::capsule
