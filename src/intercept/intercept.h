// Every system call of the program, shown to a callback before the kernel gets it.
//
// From start() on, calls of the thread that called it and of all threads and children that come
// after it are intercepted: by Syscall User Dispatch (Linux 5.11), or else by a seccomp filter.
// Calls that a callback makes itself, directly or through libc, are not; nor is what is no system
// call, such as clock_gettime in the vDSO. After exec nothing is intercepted (with the filter, exec
// is refused). docs/interception.md says more.
//
// Rules for callbacks. They run in a signal handler, or as if in one, in any thread, wherever the
// program makes a system call, so also inside its malloc and under its locks:
//   * only what is async-signal-safe may be called; errno is saved and restored;
//   * all signals are blocked meanwhile; a callback that waits makes its thread wait;
//   * they return; no longjmp, no exception, no cancellation, no exit of the thread out of them;
//   * there are some 50 KiB of stack;
//   * they start no child that goes on without exec.
// Several threads may be in a callback at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace bulkhead::intercept {

struct Call {
  std::int64_t number;  // of <sys/syscall.h>
  std::uint64_t
      arguments[6];         // may be changed before the call; pointers must stay valid until after
  std::int64_t result;      // -errno for a failure, as the kernel gives it
  const void* instruction;  // the `syscall` that the program executed
};

enum class Verdict : std::uint8_t {
  pass_on,   // make the call, with what number and arguments are now
  answered,  // do not make it; the program gets `result`
};

// Before the call. exit, exit_group and rt_sigreturn are shown, and made whatever the verdict.
using Before = Verdict (*)(Call& call, void* context);

// After a call that was passed on and came back, in the thread that made it. `number` is the one
// that was passed on, the arguments are those that the program gave, and `result` may be changed.
// Signal handlers of the program may have run between the two, and if one left by longjmp this is
// not called. For calls that make children it costs a second signal.
using After = void (*)(Call& call, void* context);

enum class Mechanism : std::uint8_t {
  automatic,  // dispatch where the kernel has it
  dispatch,   // Syscall User Dispatch: by thread, gone after exec
  filter,     // seccomp: for the process for good; the program cannot exec
};

// Code whose calls are not shown: those by a `syscall` that begins in [begin, end).
struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

constexpr std::size_t kMaxExempt = 1024;

struct Settings {
  Before before = nullptr;  // may be null: everything is passed on
  After after = nullptr;    // may be null
  void* context = nullptr;  // for both
  std::span<const Range> exempt = {};
  Mechanism preferred = Mechanism::automatic;
};

// Intercepts from now on, until exec; there is no end to it. Meant for a constructor: fails if the
// process has other threads already, if it was called before, or if the kernel has no mechanism;
// nothing is changed then. Not thread-safe.
Result<Mechanism> start(const Settings& settings);

// Whether it has begun. Any thread.
bool is_started();

// Runs `work` in the calling thread as a callback would be: its calls are not shown, all signals
// are blocked. For code of a tool that the program calls. Threads that it starts are the tool's
// for as long as they live: none of their calls are shown.
void as_tool(void (*work)(void*), void* argument);

}  // namespace bulkhead::intercept
