#include "intercept/signals.h"

#include <errno.h>
#include <sys/syscall.h>

#include "intercept/filter.h"
#include "intercept/masks.h"
#include "intercept/raw.h"

extern "C" {
// Also set by a child which CLONE_CLEAR_SIGHAND took it from (intercept/x86_64/intercept.S).
// Guard: written by start(), while there is one thread.
[[gnu::visibility("hidden")]] bulkhead::intercept::Action bulkhead_intercept_action{};
// What the same code blocks while a callback sees a result. Guard: written by start().
[[gnu::visibility("hidden")]] std::uint64_t bulkhead_intercept_callback_mask = 0;
}

namespace bulkhead::intercept {
namespace {

constexpr std::uint64_t kRestorer = 0x04000000;  // SA_RESTORER, the kernel's
constexpr int kCodeFilter = 1;                   // SYS_SECCOMP
constexpr int kCodeDispatch = 2;                 // SYS_USER_DISPATCH

[[noreturn]] void end_by_sigsys() {
  const Action standard;
  const std::uint64_t all_others = ~kSigsysBit;
  raw(SYS_rt_sigaction, SIGSYS, &standard, 0, sizeof standard.mask);
  raw(SYS_rt_sigprocmask, SIG_SETMASK, &all_others, 0, sizeof all_others);
  for (;;) raw(SYS_tgkill, raw(SYS_getpid), raw(SYS_gettid), SIGSYS);
}

bool is_handler(std::uint64_t handler) {
  return handler != reinterpret_cast<std::uintptr_t>(SIG_DFL) &&
         handler != reinterpret_cast<std::uintptr_t>(SIG_IGN);
}

// The program's handler, for a context that it would have found natively.
void on_cancel(int signal, siginfo_t* info, void* data) {
  arch::Interrupted program(*static_cast<ucontext_t*>(data));
  gregset_t saved;
  const bool shown = program.show_own_call(saved);
  using Handler = void (*)(int, siginfo_t*, void*);
  reinterpret_cast<Handler>(state.cancel.handler)(signal, info, data);
  if (shown) program.restore(saved);
}

std::uint64_t on_cancel_address() { return reinterpret_cast<std::uintptr_t>(&on_cancel); }

std::int64_t set_cancel_action(const Thread& thread, const Action* action, Action& old) {
  Action ours;
  if (action != nullptr) {
    ours = *action;
    ours.mask &= ~kSigsysBit;
    if (is_handler(ours.handler) && !thread.actions_of_its_own) {
      ours.handler = on_cancel_address();
    }
  }
  const Action recorded = state.cancel;
  // Before the kernel calls ours.
  if (action != nullptr && ours.handler == on_cancel_address()) state.cancel = *action;
  const std::int64_t result =
      raw(SYS_rt_sigaction, kCancel, action != nullptr ? &ours : nullptr, &old, sizeof old.mask);
  if (old.handler == on_cancel_address()) old = recorded;
  return result;
}

}  // namespace

bool is_the_programs(const siginfo_t& info) {
  if (state.mechanism == Mechanism::dispatch) return info.si_code != kCodeDispatch;
  return info.si_code != kCodeFilter || info.si_errno != kFilterMark;
}

std::int64_t set_shared_action(const Thread& thread, const std::uint64_t* arguments) {
  if (arguments[3] != sizeof(Action::mask)) return -EINVAL;
  Action action, old;
  if (arguments[1] != 0 && !read_program(&action, arguments[1], sizeof action)) return -EFAULT;
  if (static_cast<int>(arguments[0]) == kCancel) {
    const std::int64_t result =
        set_cancel_action(thread, arguments[1] != 0 ? &action : nullptr, old);
    if (result != 0) return result;
  } else {
    old = state.sigsys;
    action.mask &= ~kSigsysBit;
    if (arguments[1] != 0 && !thread.actions_of_its_own) state.sigsys = action;
  }
  if (arguments[2] != 0 && !write_program(arguments[2], &old, sizeof old)) return -EFAULT;
  return 0;
}

std::uint64_t forward(const siginfo_t& info, arch::Interrupted& program, Thread& thread) {
  const Action action = state.sigsys;
  const auto is = [&](sighandler_t what) {
    return action.handler == reinterpret_cast<std::uintptr_t>(what);
  };
  // One that the kernel raises for a call is never ignored.
  const bool forced = info.si_code == kCodeFilter || info.si_code == kCodeDispatch;
  if (is(SIG_DFL) || (is(SIG_IGN) && forced)) end_by_sigsys();
  if (is(SIG_IGN)) return 0;
  if ((action.flags & SA_RESETHAND) != 0) state.sigsys = Action{};
  thread.mask = (program.mask() | action.mask) & ~kSigsysBit;
  return action.handler;
}

void take_signals(Mechanism mechanism) {
  Action& ours = bulkhead_intercept_action;
  ours.handler = reinterpret_cast<std::uintptr_t>(&arch::bulkhead_intercept_signal);
  ours.restorer = reinterpret_cast<std::uintptr_t>(&arch::bulkhead_intercept_restorer);
  // The alternate stack, if the program has one: programs with stacks that have no room for a
  // signal's frame (Go) rely on it. No other signal comes before the program goes on.
  ours.flags = SA_SIGINFO | SA_ONSTACK | kRestorer;
  ours.mask = ~std::uint64_t{0};
  if (mechanism == Mechanism::filter) {
    // The filter knows no selector: a callback's own calls come here too.
    ours.flags |= SA_NODEFER;
    ours.mask = ~kSigsysBit;
  }
  bulkhead_intercept_callback_mask = ours.mask;
  raw(SYS_rt_sigaction, SIGSYS, &ours, &state.sigsys, sizeof ours.mask);
  const std::uint64_t sigsys = kSigsysBit;
  raw(SYS_rt_sigprocmask, SIG_UNBLOCK, &sigsys, 0, sizeof sigsys);
  Action cancel;
  raw(SYS_rt_sigaction, kCancel, nullptr, &cancel, sizeof cancel.mask);
  if (is_handler(cancel.handler)) {
    const Thread any{};
    Action old;
    set_cancel_action(any, &cancel, old);
  }
}

void give_signals_back() {
  raw(SYS_rt_sigaction, SIGSYS, &state.sigsys, nullptr, sizeof state.sigsys.mask);
  if (state.cancel.handler != 0) {
    raw(SYS_rt_sigaction, kCancel, &state.cancel, nullptr, sizeof state.cancel.mask);
  }
}

}  // namespace bulkhead::intercept
