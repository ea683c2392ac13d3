#include "outside/call_mode.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/keep_errno.h"
#include "base/lock.h"
#include "base/thread_id.h"

namespace bulkhead::outside {

namespace {

struct Call {
  int thread = 0;  // 0: none
  int mode = 0;
  const std::uintptr_t* returns = nullptr;  // null: it ends when it is forgotten
  std::uintptr_t address = 0;               // that was there
};

// The last one. Guard: g_lock.
constinit Call g_last;
constinit Lock g_lock;

void note(const Call& call) {
  const Locked locked(g_lock);
  g_last = call;
}

// The thread may have gone to another stack since, and given this one back.
bool is_readable(const std::uintptr_t* word) {
  // The kernel reads the set before it refuses what is to be done with it.
  KeepErrno keep;
  constexpr int kNothing = -1;
  return ::syscall(SYS_rt_sigprocmask, kNothing, word, nullptr, sizeof *word) == 0 ||
         errno != EFAULT;
}

bool is_under_way(const Call& call) {
  if (call.thread != thread_id()) return false;
  if (call.returns == nullptr) return true;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return reinterpret_cast<std::uintptr_t>(call.returns) > here && is_readable(call.returns) &&
         __atomic_load_n(call.returns, __ATOMIC_RELAXED) == call.address;
}

bool was_called_with(int flag) {
  Call last;
  {
    const Locked locked(g_lock);
    last = g_last;
  }
  return (last.mode & flag) != 0 && is_under_way(last);
}

}  // namespace

void note_call(int mode, const std::uintptr_t* returns) {
  note({static_cast<int>(thread_id()), mode, returns, *returns});
}

NotedCall::NotedCall(int mode) { note({static_cast<int>(thread_id()), mode}); }

NotedCall::~NotedCall() {
  const Locked locked(g_lock);
  if (g_last.thread == static_cast<int>(thread_id())) g_last = {};
}

bool was_opened_global() { return was_called_with(RTLD_GLOBAL); }
bool was_opened_deep() { return was_called_with(RTLD_DEEPBIND); }

}  // namespace bulkhead::outside
