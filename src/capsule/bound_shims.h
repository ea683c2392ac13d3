// The shims of a capsule: those that are bound to its libraries, and the tool's that is preloaded.
//
// Thread-safe: each function takes the capsule's lock itself. None calls ld.so.
#pragma once

#include <link.h>

#include <cstdint>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/memory.h"
#include "handoff/handoff.h"

namespace bulkhead::capsule {

// A bound shim to which words of the base may still lead.
struct Unsettled {
  const handoff::ShimHeader* shim;
  std::uintptr_t data_begin, data_end;  // what stood for the target's data
  bool fill_copies = false;             // see words::Rebinding
};

class BoundShims {
 public:
  explicit BoundShims(Memory& memory) : memory_(memory) {}

  // The shim is ld.so's `loaded` and stands for `target` now; both stay for ever.
  void add(const Unsettled& unsettled, const link_map* loaded, const link_map* target);

  // The library that a shim stands for, by the handle of the shim; null if it is none of these.
  const link_map* target_of(const void* shim) const;
  bool is_target(const link_map* library) const;
  // The same, by an address in the shim: once that is bound, what it has of its own is what the
  // library lacks.
  const link_map* target_at(const void* address) const;

  // It was opened for a shim, which may have gone before it was bound, as its dlopen failed: then
  // natively the library is not loaded.
  void note_opened_for_shim(const link_map* library);
  bool is_left_over(const link_map* library) const;

  // Whether ld.so can search by the library's handle what it needs: it was opened by itself, beyond
  // having been needed, and stays open.
  bool is_searchable(const link_map* target) const;
  void mark_searchable(const link_map* target);

  struct Bound {
    const link_map* shim;
    const link_map* target;
    bool searchable = false;
    bool opened_later = false;  // by the program; and is not known to be global
  };
  // The program opened it, and was not linked to it. Whether the library is global, that is seen
  // later (shims/globals.h); once it is, that is noted.
  void note_opened_later(const link_map* shim) { set_opened_later(shim, true); }
  void note_global(const link_map* shim) { set_opened_later(shim, false); }
  List<Bound> opened_later(Arena& arena) const;

  // Those that are not settled, which they stay; or whoever takes them settles them.
  List<Unsettled> unsettled(Arena& arena) const;
  List<Unsettled> take_unsettled(Arena& arena);

  // The shim of a tool that is preloaded (shims/interposer.h); null for other capsules.
  const handoff::ShimHeader* interposer() const {
    return __atomic_load_n(&interposer_, __ATOMIC_ACQUIRE);
  }
  void set_interposer(const handoff::ShimHeader& shim) {
    __atomic_store_n(&interposer_, &shim, __ATOMIC_RELEASE);
  }

 private:
  void set_opened_later(const link_map* shim, bool value);

  Memory& memory_;
  List<Bound> bound_{memory_.arena};
  List<Unsettled> unsettled_{memory_.arena};
  List<const link_map*> opened_{memory_.arena};
  const handoff::ShimHeader* interposer_ = nullptr;
};

}  // namespace bulkhead::capsule
