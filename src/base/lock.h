// A lock for short sections that needs no library: a mutex of libpthread would be a symbol of the
// program's to interpose.
//
// Sections it guards only touch tables of ours, so they are short, call nothing that could block,
// and leave the tables usable at each step: a fork may come in the midst of one. In the child the
// thread that held the lock does not exist, and the first who wants it takes it over.
//
// Async-signal-unsafe: a handler that interrupts a section waits for ever, and one that forks there
// and returns in the child shares the lock with the child's other threads.
#pragma once

#include <cstdint>

namespace bulkhead {

class Lock {
 public:
  void acquire();
  void release();

 private:
  // 0: free. Else twice the number of the holder's process, plus one if others may be waiting.
  std::uint32_t word_ = 0;
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
