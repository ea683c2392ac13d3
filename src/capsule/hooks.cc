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

void redirect(const elf::Object& library, std::span<elf::Addr> addresses, const Hook& hook) {
  library.symbols.for_each_named(hook.name, elf::gnu_hash(hook.name), [&](std::size_t index) {
    if (addresses[index] == 0) return false;
    // The default version's address is what current callers of the hook expect.
    if (hook.original != nullptr &&
        (*hook.original == nullptr || library.versions.is_default(index))) {
      *hook.original = reinterpret_cast<void*>(addresses[index]);
    }
    addresses[index] = reinterpret_cast<elf::Addr>(hook.function);
    return false;
  });
}

}  // namespace

void redirect_to_hooks(const elf::Object& library, std::span<elf::Addr> addresses) {
  redirect(library, addresses, {"__libc_early_init", reinterpret_cast<const void*>(&early_init)});
  for (const Hook& hook : dl_hooks()) redirect(library, addresses, hook);
  for (const Hook& hook : path_hooks()) redirect(library, addresses, hook);
  for (const Hook& hook : phdr_hooks()) redirect(library, addresses, hook);
}

bool register_capsule(Capsule& capsule) {
  if (g_capsule_count == kMaxCapsules) return false;
  g_capsules[g_capsule_count] = &capsule;
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

Capsule* capsule_of(const void* address) {
  std::size_t count = __atomic_load_n(&g_capsule_count, __ATOMIC_ACQUIRE);
  if (count == 0) return nullptr;
  process::Owner owner = process::owner_of(address);
  // Only mirrors lead to hooks, so the caller is in a capsule even where its return address
  // is not: a function that ends in a call leaves its own caller's.
  if (owner.object == nullptr || owner.space == LM_ID_BASE)
    return count == 1 ? g_capsules[0] : nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    if (g_capsules[i]->space == owner.space) return g_capsules[i];
  }
  // A constructor that runs while its capsule is being opened: dlmopen has not returned,
  // so nobody knows the namespace yet. Its first object is the manifest.
  for (std::size_t i = 0; i < count; ++i) {
    if (g_capsules[i]->root != nullptr || g_capsules[i]->native) continue;
    link_map* first = owner.object;
    while (first->l_prev != nullptr) first = first->l_prev;
    g_capsules[i]->space = owner.space;
    __atomic_store_n(&g_capsules[i]->root, first, __ATOMIC_RELEASE);
    return g_capsules[i];
  }
  return nullptr;
}

}  // namespace bulkhead::capsule
