#include "capsule/hooks.h"

#include <unistd.h>

#include "capsule/dl_hooks.h"
#include "capsule/path_hooks.h"
#include "capsule/phdr_hooks.h"
#include "elf/hash.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::capsule {
namespace {

// glibc allows 16 namespaces, one of which is the base.
constexpr std::size_t kMaxCapsules = 15;
Capsule* g_capsules[kMaxCapsules];
std::size_t g_capsule_count = 0;

// ld.so calls it for the libc.so.6 of a new namespace (since 2.32; it aborts without). The
// base's libc, which the mirror stands for, is initialised already.
void early_init(bool) {}

// The base's function behind each hook: found when the library that has it is mirrored for the
// first time, before any code of a capsule runs.
const void* g_originals[arch::Native::kMaxHooks];

template <class Visit>
void for_each_hook(bool with_paths, Visit visit) {
  unsigned number = 0;
  for (const Hook& hook : dl_hooks()) visit(number++, hook);
  for (const Hook& hook : phdr_hooks()) visit(number++, hook);
  if (!with_paths) return;
  for (const Hook& hook : path_hooks()) visit(number++, hook);
}

const Hook& hook_at(unsigned number) {
  for (std::span<const Hook> hooks : {dl_hooks(), phdr_hooks()}) {
    if (number < hooks.size()) return hooks[number];
    number -= static_cast<unsigned>(hooks.size());
  }
  return path_hooks()[number];
}

}  // namespace

extern "C" {
// The entries, kHookEntrySize bytes each (arch/hooks_*.S).
extern const std::byte bulkhead_hook_entries[];

// What they call.
__attribute__((visibility("hidden"))) const void* bulkhead_hook(HookCall* call) {
  auto number = static_cast<unsigned>(call->number % arch::Native::kMaxHooks);
  Capsule& capsule = *g_capsules[call->number / arch::Native::kMaxHooks];
  return hook_at(number).function(capsule, *call, g_originals[number]);
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
  auto entries = reinterpret_cast<elf::Addr>(bulkhead_hook_entries) +
                 capsule.number * arch::Native::kMaxHooks * arch::Native::kHookEntrySize;
  // Without mapped paths the functions that take one are glibc's own.
  for_each_hook(!capsule.request.map.empty(), [&](unsigned number, const Hook& hook) {
    replace(hook.name, entries + number * arch::Native::kHookEntrySize, &g_originals[number]);
  });
}

bool register_capsule(Capsule& capsule) {
  if (g_capsule_count == kMaxCapsules) return false;
  g_capsules[g_capsule_count] = &capsule;
  capsule.number = static_cast<unsigned>(g_capsule_count);
  __atomic_store_n(&g_capsule_count, g_capsule_count + 1, __ATOMIC_RELEASE);
  return true;
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
    if (capsule->root != nullptr || capsule->opener != ::gettid()) continue;
    link_map* root = process::find_in_new_space(capsule->opening, {known, count});
    if (root == nullptr) continue;
    capsule->space = process::namespace_of(root);
    __atomic_store_n(&capsule->root, root, __ATOMIC_RELEASE);
  }
}

}  // namespace bulkhead::capsule
