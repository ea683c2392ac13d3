#include "capsule/hook_entries.h"

#include "base/diagnostics.h"
#include "elf/hash.h"

namespace bulkhead::capsule {
namespace {

// ld.so calls it for the libc.so.6 of a new namespace (since 2.32; it aborts without). The
// base's libc, which the mirror stands for, is initialised already.
void early_init(bool) {}

// Those that mirrors lead to. Without mapped paths, say, the functions that take one are glibc's
// own.
template <class Visit>
void for_each_mirrored(const Capsule& capsule, Visit visit) {
  unsigned number = 0;
  for (const HookTable::Group& group : capsule.hooks().groups) {
    bool counts = group.is_mirrored(capsule.request());
    for (const Hook& hook : group.hooks()) {
      if (counts) visit(number, hook);
      ++number;
    }
  }
}

elf::Addr entry_of(const Capsule& capsule, unsigned number) {
  // One more would be the next capsule's.
  if (number >= arch::Native::kMaxHooks) fatal("more hooks than entries: see kMaxHooks");
  return reinterpret_cast<elf::Addr>(capsule.hooks().entries) +
         (capsule.number() * arch::Native::kMaxHooks + number) * arch::Native::kHookEntrySize;
}

}  // namespace

const Hook& hook_at(const HookTable& table, unsigned number) {
  for (const HookTable::Group& group : table.groups) {
    std::span<const Hook> hooks = group.hooks();
    if (number < hooks.size()) return hooks[number];
    number -= static_cast<unsigned>(hooks.size());
  }
  __builtin_unreachable();  // the entries are made from the same list
}

void redirect_to_hooks(const Capsule& capsule, const elf::Object& library,
                       const image::AbsoluteSymbols& symbols) {
  auto replace = [&](std::string_view name, elf::Addr ours, const void** original) {
    library.symbols.for_each_named(name, [&](elf::SymbolIndex index) {
      if (symbols[index] == 0) return false;
      // The default version's is what current callers of the hook expect.
      if (original != nullptr && (*original == nullptr || library.versions.is_default(index))) {
        *original = reinterpret_cast<const void*>(symbols[index]);
      }
      symbols.set(index, ours);
      return false;
    });
  };
  replace("__libc_early_init", reinterpret_cast<elf::Addr>(&early_init), nullptr);
  for_each_mirrored(capsule, [&](unsigned number, const Hook& hook) {
    replace(hook.name, entry_of(capsule, number), &capsule.originals()[number]);
  });
}

const void* hook_entry(const Capsule& capsule, const Hook& hook) {
  unsigned number = 0;
  for (const HookTable::Group& group : capsule.hooks().groups) {
    std::span<const Hook> hooks = group.hooks();
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
  for_each_mirrored(capsule,
                    [&](unsigned, const Hook& hook) { found = found || hook.name == name; });
  return found;
}

}  // namespace bulkhead::capsule
