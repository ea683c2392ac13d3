// The program's libraries as they come and go: tools are told, and hooks put on.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "tool/hooks.h"
#include "tool/libraries.h"

namespace bulkhead::tool {

enum class Event : std::uint8_t { present, loaded, unloaded };

constexpr std::size_t kMaxWatches = 64;

// Who is told, in words of its own.
struct Listener {
  void (*tell)(Event event, const Library& library, const Listener& listener) = nullptr;
  void (*function)() = nullptr;
  void* data = nullptr;
};

struct Watch;

// From now on, until the watch is removed. `present`: what is loaded is told first. The listener is
// called under ld.so's lock; `watch` is set before. `own`: own_rules of calls.h, which the first
// who wants to know puts on. Errors: limit. Takes ld.so's lock.
Status add_watch(Arena& arena, std::span<const Rule> own, const Listener& listener, bool present,
                 Watch** watch);

// Nobody is told any more when it returns. Takes ld.so's lock.
void remove_watch(Arena& arena, Watch* watch);

// See hooks.h; `own` as above. Take ld.so's lock.
Status hook(Arena& arena, std::span<const Rule> own, std::span<const Rule> rules,
            std::span<Hook*> hooks);
void unhook(Arena& arena, Hook* hook);

// What is loaded now, in capsules too, as regions.h has it; find_region goes by it from now on.
// Takes ld.so's lock; nothing of it is held afterwards.
struct Region;
std::span<const Region> current_regions(Arena& arena);

// Calls function(context) under ld.so's lock; directly where this thread has it, in a callback.
void with_lock(Arena& arena, void (*function)(void*), void* context);

// Something may have come or gone: finds out, and does what is to be done. Under ld.so's lock; what
// has come must have been relocated.
void catch_up();
// The same where the lock is not held.
void catch_up_with_lock();

// How many libraries of the base are known, but generated ones. Takes no lock.
std::size_t known_in_base();

// Whether anybody wants to know. Takes no lock.
bool any_interest();

}  // namespace bulkhead::tool
