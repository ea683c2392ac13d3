#include "isolation/heap_registry.h"

#include <sys/mman.h>

#include <cstddef>

#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/lock.h"

namespace bulkhead::isolation {
namespace {

// Allocation functions return multiples of 16, so the heap's number fits in.
constexpr std::uintptr_t kHeapMask = 15;
constexpr std::uintptr_t kFree = 0;
constexpr std::uintptr_t kGone = 1;  // a slot that was used: searches go on behind it

struct Slot {
  std::uintptr_t key;  // pointer | heap
  const void* caller;
};

constexpr std::size_t kFirstCapacity = 1U << 10U;

// Pages of their own.
struct Slots {
  std::size_t capacity;  // a power of two
  Slot slots[];
};

// One of many tables with open addressing, so that threads seldom meet.
struct Table {
  Lock lock;
  Slots* all;        // null: none yet
  std::size_t used;  // slots that are not kFree
  std::size_t live;
};

constexpr std::size_t kTables = 16;
// Guard: each has its own lock.
constinit Table g_tables[kTables]{};

std::size_t hash_of(std::uintptr_t pointer) {
  return (pointer >> 4U) * 0x9e3779b97f4a7c15U >> 20U;  // Fibonacci hashing
}

Table& table_of(std::uintptr_t pointer) { return g_tables[hash_of(pointer) % kTables]; }

std::size_t size_of(std::size_t capacity) { return sizeof(Slots) + capacity * sizeof(Slot); }

Slots* map_slots(std::size_t capacity) {
  KeepErrno keep;
  void* memory = ::mmap(nullptr, size_of(capacity), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // To go on without would be to give memory back to the wrong heap later.
  if (memory == MAP_FAILED) fatal("no memory for the list of a capsule's allocations");
  auto* slots = static_cast<Slots*>(memory);
  slots->capacity = capacity;
  return slots;
}

// Where the pointer is, or the first slot that it could be put into.
Slot* search(Slots& all, std::uintptr_t pointer) {
  std::size_t mask = all.capacity - 1;
  Slot* gone = nullptr;
  for (std::size_t at = hash_of(pointer) / kTables;; ++at) {
    Slot* slot = all.slots + (at & mask);
    if (slot->key == kFree) return gone != nullptr ? gone : slot;
    if (slot->key == kGone) {
      if (gone == nullptr) gone = slot;
    } else if ((slot->key & ~kHeapMask) == pointer) {
      return slot;
    }
  }
}

bool holds(const Slot* slot, std::uintptr_t pointer) {
  return slot->key > kGone && (slot->key & ~kHeapMask) == pointer;
}

// Makes room for one more: a quarter of the slots stays free.
void make_room(Table& table) {
  Slots* old = table.all;
  if (old != nullptr && table.used < old->capacity - old->capacity / 4) return;
  std::size_t capacity = kFirstCapacity;
  while (capacity < 4 * table.live) capacity *= 2;
  Slots* larger = map_slots(capacity);
  for (std::size_t i = 0; old != nullptr && i < old->capacity; ++i) {
    const Slot& slot = old->slots[i];
    if (slot.key > kGone) *search(*larger, slot.key & ~kHeapMask) = slot;
  }
  // In this order: another thread may fork.
  __atomic_store_n(&table.all, larger, __ATOMIC_RELEASE);
  __atomic_store_n(&table.used, table.live, __ATOMIC_RELEASE);
  if (old != nullptr) ::munmap(old, size_of(old->capacity));
}

bool take(const void* pointer, Allocation& allocation, bool forget) {
  auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (address == 0 || (address & kHeapMask) != 0) return false;
  Table& table = table_of(address);
  Locked locked(table.lock);
  if (table.all == nullptr) return false;
  Slot* slot = search(*table.all, address);
  if (!holds(slot, address)) return false;
  allocation = {static_cast<unsigned>(slot->key & kHeapMask), slot->caller};
  if (forget) {
    slot->key = kGone;
    --table.live;
  }
  return true;
}

}  // namespace

void note_allocation(const void* pointer, const Allocation& allocation) {
  auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (address == 0 || (address & kHeapMask) != 0) return;
  Table& table = table_of(address);
  Locked locked(table.lock);
  make_room(table);
  Slot* slot = search(*table.all, address);
  if (slot->key == kFree) ++table.used;
  if (!holds(slot, address)) ++table.live;
  *slot = {address | allocation.heap, allocation.caller};
}

bool find_allocation(const void* pointer, Allocation& allocation) {
  return take(pointer, allocation, false);
}

bool forget_allocation(const void* pointer, Allocation& allocation) {
  return take(pointer, allocation, true);
}

}  // namespace bulkhead::isolation
