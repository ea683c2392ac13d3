#include "inside/native_world.h"

#include <sys/mman.h>

#include <new>

#include "base/text.h"
#include "capsule/registered.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

// What a capsule's namespace and the base were when it was last asked, which is true as long as
// nothing is loaded or unloaded.
struct Snapshot {
  Snapshot(const Capsule& capsule, const dl_phdr_info& counters)
      : of(&capsule), adds(counters.dlpi_adds), subs(counters.dlpi_subs), world(arena, capsule) {}

  const Capsule* of;
  unsigned long long adds, subs;
  Arena arena;
  World world;
};

// Guard: ld.so's lock of the lists, which one thread holds at a time. A child of fork finds one
// that is whole.
constinit Snapshot* g_snapshots[capsule::kMaxCapsules] = {};

Snapshot* take_snapshot(const Capsule& capsule, const dl_phdr_info& counters) {
  void* place =
      ::mmap(nullptr, sizeof(Snapshot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return place == MAP_FAILED ? nullptr : new (place) Snapshot(capsule, counters);
}

void drop(Snapshot* snapshot) {
  if (snapshot == nullptr) return;
  snapshot->~Snapshot();
  ::munmap(snapshot, sizeof *snapshot);
}

}  // namespace

World* current_world(const Capsule& capsule, const dl_phdr_info& counters) {
  Snapshot*& known = g_snapshots[capsule.number()];
  const bool holds = known != nullptr && known->of == &capsule &&
                     known->adds == counters.dlpi_adds && known->subs == counters.dlpi_subs;
  if (!holds) {
    Snapshot* old = known;
    __atomic_store_n(&known, take_snapshot(capsule, counters), __ATOMIC_RELEASE);
    drop(old);
  }
  return known != nullptr ? &known->world : nullptr;
}

}  // namespace bulkhead::inside
