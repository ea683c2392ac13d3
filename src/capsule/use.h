// Who is just using a capsule of the interface: one that nobody uses, and in which nothing is left,
// may be used again, or give its place away.
#pragma once

namespace bulkhead::capsule {

class Use {
 public:
  // Threads in a call of bh_dlmopen. Thread-safe.
  bool take_if_free() {
    unsigned nobody = 0;
    return __atomic_compare_exchange_n(&users_, &nobody, 1U, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
  }
  void begin() { __atomic_add_fetch(&users_, 1U, __ATOMIC_ACQUIRE); }
  void end() { __atomic_sub_fetch(&users_, 1U, __ATOMIC_RELEASE); }

  // Attempts to open it (registered.h). With the lock of the registered capsules.
  void begin_attempt() { ++attempts_; }
  void end_attempt() { --attempts_; }
  bool has_attempts() const { return attempts_ != 0; }

 private:
  unsigned users_ = 0;
  unsigned attempts_ = 0;
};

}  // namespace bulkhead::capsule
