#include "capsule/hooks.h"

#include <array>

#include "base/diagnostics.h"
#include "base/thread_id.h"
#include "capsule/dl_hooks.h"
#include "capsule/isolate.h"
#include "capsule/own_heap.h"
#include "capsule/path_hooks.h"
#include "capsule/phdr_hooks.h"
#include "elf/hash.h"
#include "process/loader.h"
#include "process/modules.h"

// The entries, kHookEntrySize bytes each (capsule/<cpu>/hooks.S).
extern "C" const std::byte bulkhead_hook_entries[];

namespace bulkhead::capsule {
namespace {

Capsule* g_capsules[kMaxCapsules];
std::size_t g_capsule_count = 0;

// ld.so calls it for the libc.so.6 of a new namespace (since 2.32; it aborts without). The
// base's libc, which the mirror stands for, is initialised already.
void early_init(bool) {}

// Those that count in a capsule. Without mapped paths the functions that take one are glibc's own.
template <class Visit>
void for_each_hook(const Capsule& capsule, Visit visit) {
  unsigned number = 0;
  auto visit_all = [&](std::span<const Hook> hooks, bool count) {
    for (const Hook& hook : hooks) {
      if (count) visit(number, hook);
      ++number;
    }
  };
  visit_all(dl_hooks(), true);
  visit_all(phdr_hooks(), true);
  visit_all(isolated_hooks(), capsule.request.isolated);
  visit_all(path_hooks(), !capsule.request.map.empty());
}

// In the order of their numbers.
std::array<std::span<const Hook>, 5> all_hooks() {
  return {dl_hooks(), phdr_hooks(), isolated_hooks(), path_hooks(), heap_hooks()};
}

const Hook& hook_at(unsigned number) {
  for (std::span<const Hook> hooks : all_hooks()) {
    if (number < hooks.size()) return hooks[number];
    number -= static_cast<unsigned>(hooks.size());
  }
  __builtin_unreachable();  // the entries are made from the same list
}

elf::Addr entry_of(const Capsule& capsule, unsigned number) {
  return reinterpret_cast<elf::Addr>(bulkhead_hook_entries) +
         (capsule.number * arch::Native::kMaxHooks + number) * arch::Native::kHookEntrySize;
}

}  // namespace

extern "C" {
// What they call.
__attribute__((visibility("hidden"))) const void* bulkhead_hook(HookCall* call) {
  auto number = static_cast<unsigned>(call->number % arch::Native::kMaxHooks);
  Capsule& capsule = *g_capsules[call->number / arch::Native::kMaxHooks];
  return hook_at(number).function(capsule, *call, capsule.originals[number]);
}
}

void redirect_to_hooks(const Capsule& capsule, const elf::Object& library,
                       std::span<elf::Addr> addresses) {
  auto replace = [&](std::string_view name, elf::Addr ours, const void** original) {
    library.symbols.for_each_named(name, elf::gnu_hash(name), [&](std::size_t index) {
      if (addresses[index] == 0) return false;
      // The default version's is what current callers of the hook expect.
      if (original != nullptr && (*original == nullptr || library.versions.is_default(index))) {
        *original = reinterpret_cast<const void*>(addresses[index]);
      }
      addresses[index] = ours;
      return false;
    });
  };
  replace("__libc_early_init", reinterpret_cast<elf::Addr>(&early_init), nullptr);
  for_each_hook(capsule, [&](unsigned number, const Hook& hook) {
    replace(hook.name, entry_of(capsule, number), &capsule.originals[number]);
  });
}

const void* hook_entry(const Capsule& capsule, const Hook& hook) {
  unsigned number = 0;
  for (std::span<const Hook> hooks : all_hooks()) {
    if (hooks.data() <= &hook && &hook < hooks.data() + hooks.size()) {
      number += static_cast<unsigned>(&hook - hooks.data());
      break;
    }
    number += static_cast<unsigned>(hooks.size());
  }
  return reinterpret_cast<const void*>(entry_of(capsule, number));
}

bool is_hooked(const Capsule& capsule, std::string_view name) {
  bool found = false;
  for_each_hook(capsule, [&](unsigned, const Hook& hook) { found = found || hook.name == name; });
  return found;
}

bool register_capsule(Capsule& capsule) {
  std::size_t hooks = 0;
  for (std::span<const Hook> each : all_hooks()) hooks += each.size();
  // Each has an entry (capsule/<cpu>/hooks.S); one more would be the next capsule's.
  if (hooks > arch::Native::kMaxHooks) fatal("more hooks than entries: see kMaxHooks");
  if (g_capsule_count == kMaxCapsules) return false;
  g_capsules[g_capsule_count] = &capsule;
  capsule.number = static_cast<unsigned>(g_capsule_count);
  __atomic_store_n(&g_capsule_count, g_capsule_count + 1, __ATOMIC_RELEASE);
  return true;
}

void replace_capsule(const Capsule& old, Capsule& capsule) {
  capsule.number = old.number;
  __atomic_store_n(&g_capsules[old.number], &capsule, __ATOMIC_RELEASE);
}

std::span<Capsule* const> registered_capsules() {
  return {g_capsules, __atomic_load_n(&g_capsule_count, __ATOMIC_ACQUIRE)};
}

void find_roots() {
  Lmid_t known[kMaxCapsules];
  std::size_t count = 0;
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->root != nullptr) known[count++] = capsule->space;
  }
  for (Capsule* capsule : registered_capsules()) {
    // Other threads must not ask: they would wait for ld.so's lock, and a constructor may wait
    // for them.
    if (capsule->root != nullptr || capsule->opener != thread_id()) continue;
    link_map* root = process::find_in_new_space(capsule->opening, {known, count});
    if (root == nullptr) continue;
    capsule->space = process::namespace_of(root);
    __atomic_store_n(&capsule->root, root, __ATOMIC_RELEASE);
  }
}

}  // namespace bulkhead::capsule
