#include "base/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "base/last_words.h"
#include "base/nobodys.h"

namespace bulkhead {
namespace {

// Large enough that opening a capsule of a dozen libraries takes one or two
// mappings, small enough not to matter when it takes less (pages are touched on use).
constexpr std::size_t kChunkSize = std::size_t{512} << 10;

// For when the kernel gives nothing more: with it an operation comes to where it can fail, as
// its own mappings and ld.so's fail. Memory that nobody touches costs nothing.
constexpr std::size_t kReserve = std::size_t{1} << 20;
constexpr std::size_t kReserveChunk = std::size_t{64} << 10;
// Guard: whose part of it is whose says g_reserve_state.
alignas(64) constinit char g_reserve[kReserve];
// How many bytes of it are given out, and in the upper half in how many chunks. It is empty again
// when all chunks are back. Guard: atomic.
constinit std::uint64_t g_reserve_state = 0;
constexpr std::uint64_t kOneChunk = std::uint64_t{1} << 32;

bool is_in_reserve(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(g_reserve) <
         kReserve;
}

// At least `wanted` bytes, and how many; null if there are not so many.
char* take_from_reserve(std::size_t wanted, std::size_t& size) {
  std::uint64_t state = __atomic_load_n(&g_reserve_state, __ATOMIC_ACQUIRE);
  for (;;) {
    std::size_t used = state & (kOneChunk - 1);
    if (wanted > kReserve - used) return nullptr;
    size = std::min((std::max(wanted, kReserveChunk) + 63) & ~std::size_t{63}, kReserve - used);
    if (!__atomic_compare_exchange_n(&g_reserve_state, &state, state + kOneChunk + size, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      continue;
    }
    std::memset(g_reserve + used, 0, size);
    return g_reserve + used;
  }
}

void give_back_to_reserve() {
  std::uint64_t state = __atomic_load_n(&g_reserve_state, __ATOMIC_ACQUIRE), left = 0;
  do {
    left = state - kOneChunk;
    if (left < kOneChunk) left = 0;
  } while (!__atomic_compare_exchange_n(&g_reserve_state, &state, left, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
}

char* map(std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

// A chunk of at least `wanted` bytes, and how many. Null if there is no memory left.
char* chunk_of(std::size_t wanted, std::size_t& size) {
  size = wanted <= kChunkSize ? kChunkSize : (wanted + 4095) & ~std::size_t{4095};
  if (char* memory = map(size)) return memory;
  // No more than what is needed may still be had.
  size = (wanted + 4095) & ~std::size_t{4095};
  if (char* memory = map(size)) return memory;
  return take_from_reserve(wanted, size);
}

}  // namespace

Arena::~Arena() {
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    make_somebodys(chunks_, chunks_->size);
    if (is_in_reserve(chunks_)) {
      give_back_to_reserve();
    } else {
      ::munmap(chunks_, chunks_->size);
    }
    chunks_ = next;
  }
}

void* Arena::allocate(std::size_t size, std::size_t alignment) {
  auto align_up = [&](char* p) {
    auto value = reinterpret_cast<std::size_t>(p);
    return reinterpret_cast<char*>((value + alignment - 1) & ~(alignment - 1));
  };
  char* start = align_up(free_);
  if (free_ == nullptr || start > end_ || size > static_cast<std::size_t>(end_ - start)) {
    std::size_t wanted = sizeof(Chunk) + alignment + size + kNobodys;
    std::size_t chunk_size = 0;
    char* memory = wanted < size ? nullptr : chunk_of(wanted, chunk_size);
    if (memory == nullptr) fatal("out of memory");
    auto* chunk = new (memory) Chunk{chunks_, chunk_size};
    // Nothing is free while the end is another chunk's: see lock.h about forks.
    __atomic_store_n(&chunks_, chunk, __ATOMIC_RELEASE);
    __atomic_store_n(&free_, nullptr, __ATOMIC_RELEASE);
    __atomic_store_n(&end_, memory + chunk_size, __ATOMIC_RELEASE);
    __atomic_store_n(&free_, reinterpret_cast<char*>(chunk + 1), __ATOMIC_RELEASE);
    start = align_up(free_);
  }
  const std::size_t gap = std::min(kNobodys, static_cast<std::size_t>(end_ - start) - size);
  make_somebodys(start, size);
  make_nobodys(start + size, gap);
  free_ = start + size + gap;
  // Before anything is written there: a fork in between must not give it out again.
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  return start;
}

std::string_view Arena::copy(std::string_view text) {
  auto* memory = static_cast<char*>(allocate(text.size() + 1, 1));
  if (!text.empty()) std::memcpy(memory, text.data(), text.size());
  return {memory, text.size()};
}

}  // namespace bulkhead
