#include "outside/call_mode.h"

#include <dlfcn.h>

#include <cstdint>

#include "base/thread_id.h"

namespace bulkhead::outside {

namespace {

// The thread that called dlopen last, and how. Guard: atomic.
constinit std::uint64_t g_last_call = 0;

std::uint64_t call_of_this_thread(int mode) {
  return static_cast<std::uint64_t>(thread_id()) << 32U | static_cast<std::uint32_t>(mode);
}

bool was_called_with(int flag) {
  std::uint64_t last = __atomic_load_n(&g_last_call, __ATOMIC_RELAXED);
  int mode = static_cast<int>(static_cast<std::uint32_t>(last));
  return last == call_of_this_thread(mode) && (mode & flag) != 0;
}

}  // namespace

void note_call(int mode) {
  __atomic_store_n(&g_last_call, call_of_this_thread(mode), __ATOMIC_RELAXED);
}

bool was_opened_global() { return was_called_with(RTLD_GLOBAL); }
bool was_opened_deep() { return was_called_with(RTLD_DEEPBIND); }

}  // namespace bulkhead::outside
