// Small things about memory: mallinfo2 (2.33), memset_explicit and memalignment (2.43, C23).
// free_sized and free_aligned_sized (2.43) are aliases of free, which ignores what follows.
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "provide.h"

extern "C" [[noreturn]] void __chk_fail();

namespace {

void* set_for_sure(void* at, int value, size_t size) {
  memset(at, value, size);
  __asm__ volatile("" : : "r"(at) : "memory");  // the bytes are read, as far as the compiler knows
  return at;
}

struct WideMallinfo {
  size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
};

// The base counts in int, which wraps at 4 GiB; read as unsigned it is right up to there.
size_t widened(int count) { return static_cast<unsigned>(count); }

}  // namespace

extern "C" struct mallinfo from_base_mallinfo() __asm__("mallinfo");

PROVIDE(WideMallinfo, mallinfo2, void) {
  const struct mallinfo from = from_base_mallinfo();
  return {widened(from.arena),   widened(from.ordblks),  widened(from.smblks),
          widened(from.hblks),   widened(from.hblkhd),   widened(from.usmblks),
          widened(from.fsmblks), widened(from.uordblks), widened(from.fordblks),
          widened(from.keepcost)};
}

PROVIDE(void*, memset_explicit, void* at, int value, size_t size) {
  return set_for_sure(at, value, size);
}
PROVIDE(void*, __memset_explicit_chk, void* at, int value, size_t size, size_t room) {
  if (size > room) __chk_fail();
  return set_for_sure(at, value, size);
}

// The greatest power of two that divides the address; 0 for the null pointer.
PROVIDE(size_t, memalignment, const void* at) {
  const auto address = reinterpret_cast<uintptr_t>(at);
  return address & (~address + 1);
}
