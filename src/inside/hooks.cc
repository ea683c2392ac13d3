#include "inside/hooks.h"

#include "capsule/hook_entries.h"
#include "capsule/registered.h"
#include "inside/dl_hooks.h"
#include "inside/late_calls.h"
#include "inside/path_hooks.h"
#include "inside/symbol_hooks.h"
#include "isolation/isolate.h"
#include "isolation/isolated_libc.h"
#include "isolation/own_heap.h"
#include "outside/phdr_hooks.h"

// The entries, kHookEntrySize bytes each (inside/<cpu>/hooks.S).
extern "C" const std::byte bulkhead_hook_entries[];
// inside/<cpu>/late_calls.S.
extern "C" const std::byte bulkhead_late_call[];

namespace bulkhead::inside {

using capsule::Capsule;
using capsule::hook_at;
using capsule::HookCall;
using capsule::HookTable;
using capsule::registered_capsules;

namespace {

using handoff::Request;

// In the order of their numbers. Without mapped paths the functions that take one are glibc's own.
// Allocation functions have no mirror: see isolation/own_heap.h.
constexpr HookTable::Group kGroups[] = {
    {&dl_hooks, [](const Request&) { return true; }},
    {&outside::phdr_hooks, [](const Request&) { return true; }},
    {&isolation::isolated_hooks, [](const Request& request) { return request.isolated; }},
    {&path_hooks,
     [](const Request& request) { return !request.map.empty() || !request.map_if_there.empty(); }},
    {&isolation::heap_hooks, [](const Request&) { return false; }}};

}  // namespace

extern "C" {
// What the entries call.
__attribute__((visibility("hidden"))) const void* bulkhead_hook(HookCall* call) {
  auto number = static_cast<unsigned>(call->number % arch::Native::kMaxHooks);
  Capsule& capsule = *registered_capsules()[call->number / arch::Native::kMaxHooks];
  return hook_at(capsule.hooks(), number).function(capsule, *call, capsule.originals()[number]);
}
}

const HookTable& hook_table() {
  static constinit const HookTable kTable{
      kGroups,           bulkhead_hook_entries, &symbol_by_handle,
      &open_for_program, bulkhead_late_call,    &bulkhead_late_binder};
  return kTable;
}

}  // namespace bulkhead::inside
