// A lock for short sections that needs no library: waiters yield the CPU.
//
// Sections it guards only touch lists of ours, so they are short and call nothing that
// could block; a mutex of libpthread would be a symbol of the program's to interpose.
#pragma once

#include <sched.h>

namespace bulkhead {

class Lock {
 public:
  void acquire() {
    while (__atomic_exchange_n(&held_, true, __ATOMIC_ACQUIRE)) ::sched_yield();
  }
  void release() { __atomic_store_n(&held_, false, __ATOMIC_RELEASE); }

 private:
  bool held_ = false;
};

class Locked {
 public:
  explicit Locked(Lock& lock) : lock_(lock) { lock_.acquire(); }
  ~Locked() { lock_.release(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Lock& lock_;
};

}  // namespace bulkhead
