// The signal handler's second half: what becomes of a call. The first half is in
// intercept/x86_64/intercept.S, which has found the thread's record and changed to its stack.

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <string_view>

#include "arch/intercept.h"
#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "intercept/children.h"
#include "intercept/intercept.h"
#include "intercept/masks.h"
#include "intercept/raw.h"
#include "intercept/signals.h"
#include "intercept/state.h"
#include "intercept/thread.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH  // Linux 5.11
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

extern "C" std::uint64_t bulkhead_intercept_dispatch(siginfo_t* info, ucontext_t* context,
                                                     bulkhead::intercept::Thread* thread,
                                                     bulkhead::arch::CallFrame* room);
extern "C" void bulkhead_intercept_after(bulkhead::arch::CallFrame* frame);

namespace bulkhead::intercept {

// Guard: written by start(), while there is one thread; what has been told once is atomic.
constinit State state;

namespace {

using arch::CallFrame;
using arch::Interrupted;

// `after`: the address behind the `syscall`, which is all that the kernel tells.
bool is_exempt(std::uint64_t after) {
  const std::uint64_t instruction = after - arch::Native::kSystemCallSize;
  const Range* begin = state.exempt;
  const Range* next =
      std::partition_point(begin, begin + state.exempt_count,
                           [&](const Range& range) { return range.begin <= instruction; });
  return next != begin && instruction < next[-1].end;
}

// Calls that the engine answers itself, since the kernel's answer would end the interception.
bool is_ours_to_answer(const Call& call, Thread& thread, std::int64_t& result) {
  if (call.number == SYS_rt_sigaction && is_shared(call.arguments[0])) {
    result = set_shared_action(thread, call.arguments);
    return true;
  }
  if (state.mechanism == Mechanism::dispatch) {
    // As a kernel without it answers. There is one for each thread, and it is in use.
    result = -EINVAL;
    return call.number == SYS_prctl &&
           static_cast<int>(call.arguments[0]) == PR_SET_SYSCALL_USER_DISPATCH;
  }
  if (call.number != SYS_execve && call.number != SYS_execveat) return false;
  // The filter outlives exec, and the new program has nobody to handle its signals: its first
  // call would kill it.
  result = -EPERM;
  if (!__atomic_exchange_n(&state.exec_refusal_told, true, __ATOMIC_RELAXED)) {
    message(
        {"intercept: exec is refused (EPERM): system calls are intercepted by a seccomp filter, "
         "which the new program could not get rid of; Linux 5.11 or newer has a better way"});
  }
  return true;
}

// The kernel wrote its own frame below the red zone, where ours belongs, unless it used the
// alternate stack. Then ours is built at `room` below that, and moves when the kernel's is dead.
CallFrame* place_for_now(CallFrame* later, CallFrame* room) {
  constexpr std::uint64_t kFarAway = 32 * 1024;  // more than a frame of the kernel's, with AMX
  const auto distance =
      reinterpret_cast<std::uintptr_t>(later + 1) - reinterpret_cast<std::uintptr_t>(room);
  return distance < kFarAway ? room : later;
}

// Calls after which this thread's frame is another one or none: they are made from where the
// program made them. Returns whether it was one.
bool passed_bare(const Call& call, Interrupted& program, Thread& thread) {
  if (call.number == SYS_rt_sigreturn) {
    ucontext_t& next = arch::frame_of_sigreturn(program.stack());
    Interrupted(next).set_mask(Interrupted(next).mask() & ~kSigsysBit);
  } else if (call.number == SYS_exit || call.number == SYS_exit_group) {
    if ((call.number == SYS_exit || thread.process_of_its_own) && !thread.borrowed) {
      // Nothing of the program's runs after this, so the record can be another thread's.
      program.set_mask(~std::uint64_t{0});
      thread.leaves = 1;
    }
  } else {
    return false;
  }
  program.pass_bare();
  return true;
}

// What a frame tells of the call; arguments that have been given already stay.
void describe(CallFrame& frame, const Call& call, const std::uint64_t* original,
              const Interrupted& program) {
  frame.back = program.instruction();
  frame.stack = program.stack();
  frame.number = call.number;
  frame.flags = program.flags();
  for (std::size_t i = 0; i < 6; ++i) {
    if (frame.given[i] == 0) frame.given[i] = call.arguments[i];
    frame.original[i] = original[i];
  }
}

// Lets the program make the call, with all that must not be as the program wants it put right.
// `original`: what the program's registers say.
void pass(const Call& call, const std::uint64_t* original, bool watched, Interrupted& program,
          Thread& thread, CallFrame* room) {
  if (passed_bare(call, program, thread)) return;
  std::int64_t result = 0;
  if (is_ours_to_answer(call, thread, result)) return program.answer(result);

  note_namespaces(call);
  const bool child = makes_child(call.number);
  const auto mask = mask_place(call.number, call.arguments);
  bool changed = watched || child || call.number != program.number() ||
                 memcmp(call.arguments, original, sizeof call.arguments) != 0;
  if (!changed && !mask) return program.pass();

  auto* later =
      reinterpret_cast<CallFrame*>((program.stack() - arch::kRedZone - sizeof(CallFrame)) &
                                   ~std::uint64_t{arch::Native::kStackAlignment - 1});
  CallFrame* now = place_for_now(later, room);
  // In a frame of this function first: signals are blocked, but the program's stack may end there.
  CallFrame frame{};
  if (mask) {
    std::uint64_t copy[kMaskCopyWords];
    const auto address = reinterpret_cast<std::uintptr_t>(later->data);
    if (without_sigsys(*mask, call.arguments[mask->argument], copy, address)) {
      memcpy(frame.data, copy, sizeof copy);
      frame.given[mask->argument] = address;
      changed = true;
    }
    if (!changed) return program.pass();
  }
  describe(frame, call, original, program);
  if (child) {
    if (const int error = prepare_child(call, program, thread, frame, later); error != 0) {
      return program.answer(-error);
    }
  } else if (watched && !program.is_stepping()) {
    // A trap in our code would end the process, as all signals are blocked there.
    frame.thread = &thread;
    thread.pointer = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
  }
  *now = frame;
  program.pass_frame(child     ? &arch::bulkhead_intercept_clone
                     : watched ? &arch::bulkhead_intercept_watched
                               : &arch::bulkhead_intercept_changed,
                     now, later);
}

void show_result(CallFrame& frame) {
  Call call{frame.number,
            {},
            frame.result,
            reinterpret_cast<const void*>(frame.back - arch::Native::kSystemCallSize)};
  memcpy(call.arguments, frame.original, sizeof call.arguments);
  state.after(call, state.context);
  frame.result = call.result;
}

// The second signal of a call: it was made.
void settle(Interrupted& program, Thread& thread) {
  const auto* on_stack = reinterpret_cast<const CallFrame*>(program.stack());
  CallFrame frame = makes_child(on_stack->number) || thread.in_vfork
                        ? settle_child(*on_stack, program, thread)
                        : *on_stack;
  if (state.after != nullptr && thread.depth == 1 && !is_exempt(frame.back)) show_result(frame);
  program.leave_frame(frame);
}

constexpr stack_t kNoStack = {nullptr, SS_DISABLE, 0};

// With the filter a callback's own calls raise signals as well. The kernel would write their frames
// to the top of the alternate stack, which we have left but are to return to. rt_sigreturn enables
// it again.
void guard_alternate_stack(const ucontext_t& context) {
  if (state.mechanism != Mechanism::filter || (context.uc_stack.ss_flags & SS_DISABLE) != 0) return;
  raw(SYS_sigaltstack, &kNoStack, 0);
}

void handle(const siginfo_t& info, Interrupted& program, Thread& thread, CallFrame* room) {
  const std::uint64_t instruction = program.instruction();
  const bool by_tool = thread.depth > 1;
  if (!by_tool) guard_alternate_stack(program.context());
  if (instruction == reinterpret_cast<std::uintptr_t>(arch::bulkhead_intercept_settled)) {
    return settle(program, thread);
  }
  // `int $0x80`, with other numbers and registers: as on a kernel that has no such calls.
  if (info.si_arch != arch::Native::kAuditArchitecture) return program.answer(-ENOSYS);

  Call call{program.number(),
            {},
            0,
            reinterpret_cast<const void*>(instruction - arch::Native::kSystemCallSize)};
  std::uint64_t original[6];
  for (std::size_t i = 0; i < 6; ++i) call.arguments[i] = original[i] = program.argument(i);
  const bool seen = !by_tool && !is_exempt(instruction);
  const bool must_pass =
      call.number == SYS_rt_sigreturn || call.number == SYS_exit || call.number == SYS_exit_group;
  if (seen && state.before != nullptr) {
    const Call shown = call;
    if (state.before(call, state.context) == Verdict::answered && !must_pass) {
      return program.answer(call.result);
    }
    if (must_pass) call = shown;
  }
  pass(call, original, seen && state.after != nullptr, program, thread, room);
}

// Without libc: its functions, of which the callbacks are made, find errno and more by %fs.
[[noreturn]] void end_without_libc() {
  constexpr std::string_view kWhy =
      "bulkhead: intercept: a thread's thread pointer is not libc's, as in Go programs without "
      "cgo, "
      "so callbacks cannot run in it; build the program with cgo, or do not intercept its calls\n";
  raw(SYS_write, 2, kWhy.data(), kWhy.size());
  for (;;) raw(SYS_exit_group, 125);
}

}  // namespace
}  // namespace bulkhead::intercept

// Returns a handler of the program's that is to be called instead of going on, or 0.
std::uint64_t bulkhead_intercept_dispatch(siginfo_t* info, ucontext_t* context,
                                          bulkhead::intercept::Thread* thread,
                                          bulkhead::arch::CallFrame* room) {
  using namespace bulkhead::intercept;
  if (!bulkhead::arch::has_libc_thread_pointer()) end_without_libc();
  bulkhead::arch::Interrupted program(*context);
  bulkhead::KeepErrno keep;
  if (is_the_programs(*info)) return forward(*info, program, *thread);
  handle(*info, program, *thread, room);
  return 0;
}

// On the record's stack, with signals blocked: the program made the call, and is to see its result.
void bulkhead_intercept_after(bulkhead::arch::CallFrame* frame) {
  using namespace bulkhead::intercept;
  if (!bulkhead::arch::has_libc_thread_pointer()) end_without_libc();
  bulkhead::KeepErrno keep;
  stack_t alternate = kNoStack;
  if (state.mechanism == Mechanism::filter) raw(SYS_sigaltstack, &kNoStack, &alternate);
  show_result(*frame);
  if ((alternate.ss_flags & SS_DISABLE) == 0) raw(SYS_sigaltstack, &alternate, 0);
}
