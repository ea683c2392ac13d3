#include "base/arena.h"

#include <sys/mman.h>

#include "base/last_words.h"

namespace bulkhead {
namespace {

// Large enough that opening a capsule of a dozen libraries takes one or two
// mappings, small enough not to matter when it takes less (pages are touched on use).
constexpr std::size_t kChunkSize = std::size_t{512} << 10;

}  // namespace

Arena::~Arena() {
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    ::munmap(chunks_, chunks_->size);
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
    std::size_t wanted = sizeof(Chunk) + alignment + size;
    std::size_t chunk_size =
        wanted <= kChunkSize ? kChunkSize : (wanted + 4095) & ~std::size_t{4095};
    void* memory = wanted < size ? MAP_FAILED
                                 : ::mmap(nullptr, chunk_size, PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fatal("out of memory");
    auto* chunk = new (memory) Chunk{chunks_, chunk_size};
    // Nothing is free while the end is another chunk's: see lock.h about forks.
    __atomic_store_n(&chunks_, chunk, __ATOMIC_RELEASE);
    __atomic_store_n(&free_, nullptr, __ATOMIC_RELEASE);
    __atomic_store_n(&end_, static_cast<char*>(memory) + chunk_size, __ATOMIC_RELEASE);
    __atomic_store_n(&free_, reinterpret_cast<char*>(chunk + 1), __ATOMIC_RELEASE);
    start = align_up(free_);
  }
  free_ = start + size;
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
