// An object that is made when it is first used and never destroyed: a guest has neither
// initialisers nor exit handlers.
#pragma once

#include <new>

#include "base/lock.h"

namespace bulkhead::tool {

template <class T>
class Everlasting {
 public:
  // Thread-safe.
  T& get() {
    if (!__atomic_load_n(&made_, __ATOMIC_ACQUIRE)) {
      Locked locked(lock_);
      if (!made_) new (storage_) T;
      __atomic_store_n(&made_, true, __ATOMIC_RELEASE);
    }
    return *reinterpret_cast<T*>(storage_);
  }

 private:
  alignas(T) unsigned char storage_[sizeof(T)] = {};
  Lock lock_;
  bool made_ = false;
};

}  // namespace bulkhead::tool
