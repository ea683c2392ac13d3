#include "capsule/bound_shims.h"

#include <algorithm>

#include "process/modules.h"

namespace bulkhead::capsule {

void BoundShims::add(const Unsettled& unsettled, const link_map* loaded, const link_map* target) {
  Locked locked(memory_.lock);
  unsettled_.push_back(unsettled);
  bound_.push_back({loaded, target});
}

const link_map* BoundShims::target_of(const void* shim) const {
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (each.shim == shim) return each.target;
  }
  return nullptr;
}

const link_map* BoundShims::target_at(const void* address) const {
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (process::is_in_object(each.shim, address)) return each.target;
  }
  return nullptr;
}

void BoundShims::set_opened_later(const link_map* shim, bool value) {
  Locked locked(memory_.lock);
  for (Bound& each : bound_) {
    if (each.shim == shim) each.opened_later = value;
  }
}

List<BoundShims::Bound> BoundShims::opened_later(Arena& arena) const {
  List<Bound> some(arena);
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (each.opened_later) some.push_back(each);
  }
  return some;
}

bool BoundShims::is_target(const link_map* library) const {
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (each.target == library) return true;
  }
  return false;
}

void BoundShims::note_opened_for_shim(const link_map* library) {
  Locked locked(memory_.lock);
  if (std::ranges::find(opened_, library) == opened_.end()) opened_.push_back(library);
}

bool BoundShims::is_left_over(const link_map* library) const {
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (each.target == library) return false;
  }
  return std::ranges::find(opened_, library) != opened_.end();
}

bool BoundShims::is_searchable(const link_map* target) const {
  Locked locked(memory_.lock);
  for (const Bound& each : bound_) {
    if (each.target == target) return each.searchable;
  }
  return false;
}

void BoundShims::mark_searchable(const link_map* target) {
  Locked locked(memory_.lock);
  for (Bound& each : bound_) {
    if (each.target == target) each.searchable = true;
  }
}

List<Unsettled> BoundShims::unsettled(Arena& arena) const {
  List<Unsettled> all(arena);
  Locked locked(memory_.lock);
  all.append(unsettled_.view());
  return all;
}

List<Unsettled> BoundShims::take_unsettled(Arena& arena) {
  List<Unsettled> all(arena);
  Locked locked(memory_.lock);
  all.append(unsettled_.view());
  unsettled_.truncate(0);
  return all;
}

}  // namespace bulkhead::capsule
