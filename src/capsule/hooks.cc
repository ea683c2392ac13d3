#include "capsule/hooks.h"

#include "capsule/dl_hooks.h"
#include "capsule/hook_entries.h"
#include "capsule/isolate.h"
#include "capsule/own_heap.h"
#include "capsule/path_hooks.h"
#include "capsule/phdr_hooks.h"
#include "capsule/registered.h"

// The entries, kHookEntrySize bytes each (capsule/<cpu>/hooks.S).
extern "C" const std::byte bulkhead_hook_entries[];

namespace bulkhead::capsule {
namespace {

using handoff::Request;

// In the order of their numbers. Without mapped paths the functions that take one are glibc's own.
// Allocation functions have no mirror: see own_heap.h.
constexpr HookTable::Group kGroups[] = {
    {&dl_hooks, [](const Request&) { return true; }},
    {&phdr_hooks, [](const Request&) { return true; }},
    {&isolated_hooks, [](const Request& request) { return request.isolated; }},
    {&path_hooks, [](const Request& request) { return !request.map.empty(); }},
    {&heap_hooks, [](const Request&) { return false; }}};

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
  static constinit const HookTable kTable{kGroups, bulkhead_hook_entries};
  return kTable;
}

}  // namespace bulkhead::capsule
