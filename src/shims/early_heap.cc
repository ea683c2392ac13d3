#include "shims/early_heap.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/keep_errno.h"
#include "base/lock.h"
#include "base/page_size.h"
#include "process/questions.h"

namespace bulkhead::shims {
namespace {

using handoff::Allocation;

// Address space only: pages cost something when they are used. Less if there is a limit.
constexpr std::size_t kMostSpace = std::size_t{1} << 30U;
constexpr std::size_t kLeastSpace = std::size_t{1} << 20U;
// Made usable in pieces of this size.
constexpr std::size_t kStep = std::size_t{1} << 20U;

constexpr std::size_t kAlignment = 16;  // of max_align_t

// In front of each piece of memory.
struct alignas(kAlignment) Header {
  std::size_t size;
};

struct EarlyHeap {
  Lock lock;
  bool made;
  std::size_t begin, size;
  std::size_t used;    // up to here it is given out
  std::size_t usable;  // up to here it may be written to
  NextAllocator next;
};
// Guard: its own lock; what is read without is written before anybody has an address of it.
constinit EarlyHeap g_heap{};

void make(EarlyHeap& heap) {
  if (heap.made) return;
  heap.made = true;
  for (std::size_t size = kMostSpace; size >= kLeastSpace; size /= 2) {
    void* space =
        ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) continue;
    heap.begin = reinterpret_cast<std::size_t>(space);
    heap.size = size;
    return;
  }
}

bool is_early(const void* memory) {
  return reinterpret_cast<std::size_t>(memory) - g_heap.begin < g_heap.size;
}

Header& header_of(void* memory) { return static_cast<Header*>(memory)[-1]; }

// Whether the heap may be written to up to there.
bool extend(EarlyHeap& heap, std::size_t end) {
  if (end <= heap.usable) return true;
  std::size_t wanted = (end + kStep - 1) & ~(kStep - 1);
  if (wanted > heap.size) wanted = heap.size;
  auto* from = reinterpret_cast<void*>(heap.begin + heap.usable);
  if (::mprotect(from, wanted - heap.usable, PROT_READ | PROT_WRITE) != 0) return false;
  heap.usable = wanted;
  return true;
}

void* give(std::size_t alignment, std::size_t size) {
  if (alignment < kAlignment) alignment = kAlignment;
  int saved = errno;
  {
    Locked locked(g_heap.lock);
    make(g_heap);
    std::size_t at = (g_heap.used + sizeof(Header) + alignment - 1) & ~(alignment - 1);
    std::size_t end = 0;
    bool fits = at < g_heap.size && !__builtin_add_overflow(at, size, &end) && end <= g_heap.size;
    if (fits && extend(g_heap, end)) {
      errno = saved;
      __atomic_store_n(&g_heap.used, end, __ATOMIC_RELEASE);
      __atomic_signal_fence(__ATOMIC_SEQ_CST);  // before anything is written there, as in Arena
      auto* memory = reinterpret_cast<void*>(g_heap.begin + at);
      header_of(memory).size = size;
      return memory;
    }
  }
  errno = ENOMEM;
  return nullptr;
}

void take_back(void* memory) {
  Locked locked(g_heap.lock);
  std::size_t at = reinterpret_cast<std::size_t>(memory) - g_heap.begin;
  std::size_t size = header_of(memory).size;
  if (at + size != g_heap.used) return;
  // Given out again, calloc's promise needs zeroes; of the header too, which may come to lie within
  // a larger piece when the one before it is given back as well.
  Header& header = header_of(memory);
  ::memset(&header, 0, sizeof header + size);
  // Not before, for another thread may fork.
  __atomic_store_n(&g_heap.used, at - sizeof header, __ATOMIC_RELEASE);
}

bool is_power_of_two(std::size_t number) { return number != 0 && (number & (number - 1)) == 0; }

void* early_malloc(std::size_t size) { return give(kAlignment, size); }

void* early_calloc(std::size_t count, std::size_t size) {
  if (__builtin_mul_overflow(count, size, &size)) {
    errno = ENOMEM;
    return nullptr;
  }
  return give(kAlignment, size);  // the pages are zero, and stay so until they are given out
}

void* early_memalign(std::size_t alignment, std::size_t size) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return give(alignment, size);
}

int early_posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  KeepErrno keep;
  void* memory = give(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *to = memory;
  return 0;
}

void* early_valloc(std::size_t size) { return give(page_size(), size); }

void* early_pvalloc(std::size_t size) {
  const std::size_t page = page_size();
  if (__builtin_add_overflow(size, page - 1, &size)) {
    errno = ENOMEM;
    return nullptr;
  }
  return give(page, size & ~(page - 1));
}

void early_free(void* memory) {
  if (memory == nullptr) return;
  if (is_early(memory)) return take_back(memory);
  if (g_heap.next.free != nullptr) g_heap.next.free(memory);
}

std::size_t early_usable_size(void* memory) {
  if (memory == nullptr) return 0;
  if (is_early(memory)) return header_of(memory).size;
  return g_heap.next.usable_size != nullptr ? g_heap.next.usable_size(memory) : 0;
}

// The same memory with another size, from `allocate`.
void* move(void* memory, std::size_t size, void* (*allocate)(std::size_t)) {
  void* fresh = allocate(size);
  if (fresh == nullptr) return nullptr;
  std::size_t known = header_of(memory).size;
  ::memcpy(fresh, memory, known < size ? known : size);
  take_back(memory);
  return fresh;
}

void* early_realloc(void* memory, std::size_t size) {
  if (memory == nullptr) return early_malloc(size);
  if (!is_early(memory)) {
    return g_heap.next.realloc != nullptr ? g_heap.next.realloc(memory, size) : nullptr;
  }
  if (size == 0) {  // as glibc has it
    take_back(memory);
    return nullptr;
  }
  return move(memory, size, &early_malloc);
}

void* early_reallocarray(void* memory, std::size_t count, std::size_t size) {
  if (__builtin_mul_overflow(count, size, &size)) {
    errno = ENOMEM;
    return nullptr;
  }
  return early_realloc(memory, size);
}

// From whom the whole program has its memory now.
void* later_malloc(std::size_t size) {
  using Function = void* (*)(std::size_t);
  static Function function = nullptr;  // Guard: atomic
  auto known = __atomic_load_n(&function, __ATOMIC_ACQUIRE);
  if (known == nullptr) {
    known = reinterpret_cast<Function>(process::symbol_by(RTLD_DEFAULT, "malloc"));
    __atomic_store_n(&function, known, __ATOMIC_RELEASE);
  }
  return known(size);
}

void* late_realloc(void* memory, std::size_t size) {
  if (size == 0) {
    take_back(memory);
    return nullptr;
  }
  return move(memory, size, &later_malloc);
}

void* late_reallocarray(void* memory, std::size_t count, std::size_t size) {
  if (__builtin_mul_overflow(count, size, &size)) {
    errno = ENOMEM;
    return nullptr;
  }
  return late_realloc(memory, size);
}

template <class Function>
const void* address(Function* function) {
  return reinterpret_cast<const void*>(function);
}

}  // namespace

EarlyRange early_range() {
  Locked locked(g_heap.lock);
  make(g_heap);
  return {g_heap.begin, g_heap.size};
}

const void* early_function(Allocation kind) {
  switch (kind) {
    case Allocation::malloc: return address(&early_malloc);
    case Allocation::calloc: return address(&early_calloc);
    case Allocation::memalign: return address(&early_memalign);
    case Allocation::posix_memalign: return address(&early_posix_memalign);
    case Allocation::valloc: return address(&early_valloc);
    case Allocation::pvalloc: return address(&early_pvalloc);
    case Allocation::free: return address(&early_free);
    case Allocation::realloc: return address(&early_realloc);
    case Allocation::reallocarray: return address(&early_reallocarray);
    case Allocation::usable_size: return address(&early_usable_size);
  }
  return nullptr;
}

void set_next_allocator(const NextAllocator& next) {
  Locked locked(g_heap.lock);
  g_heap.next = next;
}

bool next_allocator_is_of(const void* interposer) {
  Locked locked(g_heap.lock);
  return g_heap.next.of == interposer;
}

const void* late_function(Allocation kind) {
  switch (kind) {
    case Allocation::realloc: return address(&late_realloc);
    case Allocation::reallocarray: return address(&late_reallocarray);
    case Allocation::usable_size: return address(&early_usable_size);
    default: return address(&early_free);
  }
}

}  // namespace bulkhead::shims
