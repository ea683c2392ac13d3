#include "inside/caller.h"

#include "capsule/registered.h"
#include "process/modules.h"

namespace bulkhead::inside {

using capsule::Capsule;
using capsule::find_roots;
using capsule::Namespace;

link_map* root_of(Capsule& capsule, const void* caller) {
  Namespace& space = capsule.space();
  if (!space.is_open()) find_roots();
  if (!space.is_open()) {
    // Another thread than the one that opens it: ld.so lets it ask when that is over.
    process::Owner owner = process::owner_of(caller);
    link_map* first = owner.space != LM_ID_BASE ? process::first_of(owner.object) : nullptr;
    if (first != nullptr) space.publish(first, owner.space);
  }
  return space.root();
}

link_map* library_at(const Capsule& capsule, const void* address) {
  process::Owner owner = process::owner_of(address);
  return owner.space == capsule.space().id() ? owner.object : nullptr;
}

}  // namespace bulkhead::inside
