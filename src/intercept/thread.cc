#include "intercept/thread.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/page_size.h"
#include "intercept/raw.h"

extern "C" {
// All are used by intercept/x86_64/intercept.S: records by thread number; and the first free
// record, with a count in the bits that are zero in its address, so that a record which was taken
// and came back meanwhile is not mistaken for one that stayed. Guard: atomic; the table itself is
// made while there is one thread.
[[gnu::visibility("hidden")]] bulkhead::intercept::Thread** bulkhead_intercept_threads = nullptr;
[[gnu::visibility("hidden")]] std::uint64_t bulkhead_intercept_free = 0;
// And how much state is to be saved around a callback, at the upper end of its stack. Guard:
// written while there is one thread.
[[gnu::visibility("hidden")]] bulkhead::arch::Native::StateSaving bulkhead_intercept_state{};
bulkhead::intercept::Thread* bulkhead_intercept_adopt(int number);
}

namespace bulkhead::intercept {
namespace {

constexpr std::size_t kMaxThreadNumber = 4 * 1024 * 1024;  // the kernel's PID_MAX_LIMIT
// A page for the record, one that catches an overflow, the rest is stack.
constexpr std::uint64_t kSize = BULKHEAD_THREAD_ALIGNMENT;
constexpr std::uint64_t kCount = kSize - 1;
constexpr std::size_t kSmallestPage = 4096;
static_assert(sizeof(Thread) <= kSmallestPage);
// Of three pages or more, on any kernel.
static_assert(kSize >= 4 * arch::Native::kMaxPageSize);

std::uint64_t map(std::uint64_t size, int protection) {
  const std::int64_t at =
      raw(SYS_mmap, 0, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at < 0 ? 0 : static_cast<std::uint64_t>(at);
}

Thread* map_record() {
  const std::uint64_t whole = map(2 * kSize, PROT_NONE);
  if (whole == 0) return nullptr;
  const std::uint64_t at = (whole + kSize - 1) & ~(kSize - 1);
  if (at != whole) raw(SYS_munmap, whole, at - whole);
  if (at != whole + kSize) raw(SYS_munmap, at + kSize, whole + kSize - at);
  const std::uint64_t page = page_size();
  if (raw(SYS_mprotect, at, page, PROT_READ | PROT_WRITE) != 0 ||
      raw(SYS_mprotect, at + 2 * page, kSize - 2 * page, PROT_READ | PROT_WRITE) != 0) {
    raw(SYS_munmap, at, kSize);
    return nullptr;
  }
  return reinterpret_cast<Thread*>(at);
}

Thread* take_free() {
  std::uint64_t head = __atomic_load_n(&bulkhead_intercept_free, __ATOMIC_ACQUIRE);
  for (;;) {
    auto* thread = reinterpret_cast<Thread*>(head & ~kCount);
    if (thread == nullptr) return nullptr;
    const std::uint64_t next = (thread->next & ~kCount) | ((head + 1) & kCount);
    if (__atomic_compare_exchange_n(&bulkhead_intercept_free, &head, next, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      return thread;
    }
  }
}

}  // namespace

bool make_thread_table() {
  if (bulkhead_intercept_state.size == 0) {
    using arch::Native;
    bulkhead_intercept_state = Native::state_saving(Native::kStateOfCallbacks);
  }
  // 32 MiB of addresses; a page of it is used for each 512 numbers in a row.
  bulkhead_intercept_threads =
      reinterpret_cast<Thread**>(map(kMaxThreadNumber * sizeof(Thread*), PROT_READ | PROT_WRITE));
  return bulkhead_intercept_threads != nullptr;
}

Thread* new_thread() {
  Thread* thread = take_free();
  if (thread == nullptr) thread = map_record();
  if (thread == nullptr) return nullptr;
  const std::uint64_t end = reinterpret_cast<std::uintptr_t>(thread) + kSize;
  *thread = Thread{.selector = kBlock, .top = end - bulkhead_intercept_state.size};
  return thread;
}

void release(Thread& thread) {
  thread.number = 0;
  thread.pointer = 0;
  std::uint64_t head = __atomic_load_n(&bulkhead_intercept_free, __ATOMIC_ACQUIRE);
  do {
    thread.next = head;
  } while (!__atomic_compare_exchange_n(
      &bulkhead_intercept_free, &head,
      reinterpret_cast<std::uintptr_t>(&thread) | ((head + 1) & kCount), false, __ATOMIC_ACQ_REL,
      __ATOMIC_ACQUIRE));
}

Thread* this_thread() {
  const std::int64_t number = raw(SYS_gettid);
  Thread* thread = bulkhead_intercept_threads[number];
  return thread != nullptr && thread->number == number ? thread : nullptr;
}

void assign(Thread& thread, int number) {
  thread.number = number;
  bulkhead_intercept_threads[number] = &thread;
}

}  // namespace bulkhead::intercept

// A thread that was made without our seeing it, one of the tool's, which somebody sends a SIGSYS.
bulkhead::intercept::Thread* bulkhead_intercept_adopt(int number) {
  bulkhead::intercept::Thread* thread = bulkhead::intercept::new_thread();
  if (thread == nullptr) bulkhead::fatal("intercept: no memory for the record of a thread");
  bulkhead::intercept::assign(*thread, number);
  return thread;
}
