// The linker namespace of a capsule: not known at first, then published once and for ever.
//
// Several threads may learn it: the one that opens the first manifest, when dlmopen returns, or
// before that in a constructor; another one in whose call ld.so was asked. All publish the same.
#pragma once

#include <link.h>
#include <sys/types.h>

#include <string_view>

#include "base/thread_id.h"

namespace bulkhead::capsule {

class Namespace {
 public:
  // Its first object, which is the capsule's first manifest; null until it is published. Who sees
  // it sees the number as well.
  link_map* root() const { return __atomic_load_n(&root_, __ATOMIC_ACQUIRE); }
  bool is_open() const { return root() != nullptr; }

  // What dlmopen is told. LM_ID_NEWLM until it is published, or adopted.
  Lmid_t id() const { return __atomic_load_n(&id_, __ATOMIC_RELAXED); }

  // The number first: who finds a root goes by both.
  void publish(link_map* root, Lmid_t id) {
    __atomic_store_n(&id_, id, __ATOMIC_RELAXED);
    __atomic_store_n(&root_, root, __ATOMIC_RELEASE);
  }

  // It is one that somebody else has made. Before any other thread knows the capsule.
  void adopt(Lmid_t id) { id_ = id; }

  // While the first manifest is being opened its constructors ask for the namespace, which dlmopen
  // has not told yet (registered.h, find_roots). Only the opening thread may look: another one
  // would wait for ld.so's lock, and a constructor may wait for that thread.
  void begin_opening(std::string_view manifest) {
    manifest_ = manifest;
    __atomic_store_n(&opener_, thread_id(), __ATOMIC_RELEASE);
  }
  void end_opening() { __atomic_store_n(&opener_, pid_t{0}, __ATOMIC_RELEASE); }
  bool is_opened_by_this_thread() const {
    return __atomic_load_n(&opener_, __ATOMIC_RELAXED) == thread_id();
  }
  // The path of that manifest. For the opening thread.
  std::string_view manifest() const { return manifest_; }

 private:
  Lmid_t id_ = LM_ID_NEWLM;
  link_map* root_ = nullptr;
  pid_t opener_ = 0;
  std::string_view manifest_;
};

}  // namespace bulkhead::capsule
