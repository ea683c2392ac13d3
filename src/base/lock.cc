#include "base/lock.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/keep_errno.h"
#include "base/page_size.h"

namespace bulkhead {
namespace {

// A word that is 0 in a process which fork has made, and is shared by those that share memory with
// others (vfork, posix_spawn): madvise(2), MADV_WIPEONFORK, Linux 4.14. It tells the two apart as
// neither process numbers nor pthread_atfork would, which knows nothing of clone.
// Guard: atomic.
constinit std::uint32_t* g_number = nullptr;
// How many processes up to this one have had a lock.
// Guard: atomic.
constinit std::uint32_t g_processes = 0;
// Where there is no such memory locks are what they would be without all this.
// Guard: never written.
constinit std::uint32_t g_only_number = 1;

std::uint32_t* map_number() {
  KeepErrno keep;
  void* page =
      ::mmap(nullptr, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::uint32_t* number = &g_only_number;
  if (page != MAP_FAILED && ::madvise(page, page_size(), MADV_WIPEONFORK) == 0) {
    number = static_cast<std::uint32_t*>(page);
    *number = __atomic_add_fetch(&g_processes, 1, __ATOMIC_RELAXED);
  }
  std::uint32_t* expected = nullptr;
  bool ours = __atomic_compare_exchange_n(&g_number, &expected, number, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE);
  if (page != MAP_FAILED && (!ours || number != page)) ::munmap(page, page_size());
  return ours ? number : expected;
}

// Of this process among those that fork has made one from the other; not 0.
std::uint32_t number_of_process() {
  std::uint32_t* number = __atomic_load_n(&g_number, __ATOMIC_ACQUIRE);
  if (number == nullptr) number = map_number();
  std::uint32_t known = __atomic_load_n(number, __ATOMIC_RELAXED);
  if (known != 0) return known;
  // Several threads may come here, and the first one's is the number of all.
  std::uint32_t next = __atomic_add_fetch(&g_processes, 1, __ATOMIC_RELAXED);
  bool first =
      __atomic_compare_exchange_n(number, &known, next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return first ? next : known;
}

void futex(std::uint32_t& word, int operation, std::uint32_t value) {
  KeepErrno keep;
  ::syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

// Stores `fresh` if the word is still `seen`; otherwise `seen` becomes what it is.
bool replace(std::uint32_t& word, std::uint32_t& seen, std::uint32_t fresh) {
  return __atomic_compare_exchange_n(&word, &seen, fresh, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED);
}

}  // namespace

void Lock::acquire() {
  const std::uint32_t held = number_of_process() << 1U, awaited = held | 1U;
  std::uint32_t seen = 0;
  if (replace(word_, seen, held)) return;
  // Whoever has met another cannot know whether there are more who wait.
  for (;;) {
    if (seen == awaited) {
      futex(word_, FUTEX_WAIT, awaited);
      seen = __atomic_load_n(&word_, __ATOMIC_RELAXED);
    } else if (replace(word_, seen, awaited)) {
      // It was free, or the holder is a thread of the process that this one was forked from.
      if (seen != held) return;
      seen = awaited;
    }
  }
}

void Lock::release() {
  if ((__atomic_exchange_n(&word_, 0, __ATOMIC_RELEASE) & 1U) != 0) futex(word_, FUTEX_WAKE, 1);
}

}  // namespace bulkhead
