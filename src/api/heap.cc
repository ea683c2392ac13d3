// bh_owner and bh_debug_heap: whose memory a pointer leads to.
#include "api/interface.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/mappings.h"
#include "capsule/registered.h"
#include "isolation/heap_registry.h"
#include "isolation/heap_watch.h"
#include "process/loader_lock.h"
#include "process/modules.h"

namespace bulkhead::api {
namespace {

// Anonymous memory that is neither a library's nor this thread's stack.
bool may_be_allocated(Arena& arena, const void* pointer) {
  if (process::owner_of(pointer).object != nullptr) return false;
  bool found = false;
  const void* frame = __builtin_frame_address(0);
  bool told = for_each_mapping(arena, [&](const Mapping& mapping) {
    if (!mapping.holds(pointer)) return;
    bool file = !mapping.name.empty() && !mapping.name.starts_with("[heap]") &&
                !mapping.name.starts_with("[anon");
    found = !file && !mapping.holds(frame);
  });
  return found || !told;
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_heap bh_owner(const void* pointer, bh_capsule** capsule) {
  using namespace bulkhead;
  KeepErrno keep;
  if (capsule != nullptr) *capsule = nullptr;
  if (pointer == nullptr) return BH_HEAP_NONE;
  isolation::Allocation allocation{};
  if (isolation::find_allocation(pointer, allocation)) {
    if (allocation.heap == isolation::Allocation::kBase) return BH_HEAP_BASE;
    if (capsule != nullptr) {
      *capsule = api::as_handle(capsule::registered_capsules()[allocation.heap]);
    }
    return BH_HEAP_CAPSULE;
  }
  Arena arena;
  return api::may_be_allocated(arena, pointer) ? BH_HEAP_BASE : BH_HEAP_NONE;
}

__attribute__((visibility("default"))) int bh_debug_heap() {
  using namespace bulkhead;
  KeepErrno keep;
  bool was_on = debug_enabled(Topic::heap);
  enable_debug_topic(Topic::heap);
  Arena arena;
  // No library may go meanwhile.
  process::with_loader_lock(arena, [&] { isolation::watch_base(arena); });
  return was_on ? 1 : 0;
}
}
