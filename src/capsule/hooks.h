// Functions of glibc that mean something else inside a capsule.
//
// A mirror's entry may point anywhere at no cost, so that is where they are replaced: for
// callers inside the capsule only.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "capsule/hook.h"
#include "elf/object.h"

namespace bulkhead::capsule {

// glibc allows 16 namespaces, one of which is the base.
inline constexpr std::size_t kMaxCapsules = 15;

// Replaces the addresses of hooked names, in every version, by this capsule's entries.
void redirect_to_hooks(const Capsule& capsule, const elf::Object& library,
                       std::span<elf::Addr> addresses);

// Where calls of one of heap_hooks() arrive, which no mirror has.
const void* hook_entry(const Capsule& capsule, const Hook& hook);

// Whether that is the name of such a function in that capsule.
bool is_hooked(const Capsule& capsule, std::string_view name);

// Tells the hooks of a capsule, before it is opened: its constructors call them. False if
// there are as many as glibc has namespaces for. One thread at a time.
bool register_capsule(Capsule& capsule);

// Gives one the number of another, which nobody opens any more and which has never been open.
void replace_capsule(const Capsule& old, Capsule& capsule);

// In a constructor of a capsule that this thread is opening: settles which namespace that is.
void find_roots();

// All capsules that were registered. Async-signal-safe.
std::span<Capsule* const> registered_capsules();

}  // namespace bulkhead::capsule
