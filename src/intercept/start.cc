#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>

#include "arch/intercept.h"
#include "base/thread_id.h"
#include "base/try.h"
#include "intercept/filter.h"
#include "intercept/intercept.h"
#include "intercept/masks.h"
#include "intercept/raw.h"
#include "intercept/signals.h"
#include "intercept/state.h"
#include "intercept/thread.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH  // Linux 5.11
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

namespace bulkhead::intercept {
namespace {

constexpr const char* kCannot = "system calls cannot be intercepted";

bool kernel_has_dispatch() {
  return raw(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0) == 0;
}

// Dispatch is turned on by each thread for itself. A filter could be installed for all, but would
// kill those which have all signals blocked at that moment, as libc has in pthread_create.
Status check_threads() {
  Result<std::size_t> count = count_threads();
  if (!count) {
    return fail_system(count.error().number, kCannot, count.error().subject, count.error().advice);
  }
  if (*count <= 1) return {};
  return fail(Fault::conflict, kCannot, {},
              "there are other threads already, whose calls would not be seen",
              "start earlier, in a constructor of a preloaded library");
}

}  // namespace

Result<Mechanism> start(const Settings& settings) {
  if (state.started) return fail(Fault::conflict, kCannot, {}, "they are intercepted already");
  if (settings.exempt.size() > kMaxExempt) {
    return fail(Fault::limit, kCannot, {}, "more than 1024 exempt ranges of code");
  }
  Mechanism mechanism = settings.preferred;
  if (mechanism != Mechanism::filter) {
    if (kernel_has_dispatch()) {
      mechanism = Mechanism::dispatch;
    } else if (mechanism == Mechanism::automatic) {
      mechanism = Mechanism::filter;
    } else {
      return fail(Fault::unsupported, kCannot, {},
                  "this kernel has no Syscall User Dispatch (Linux 5.11, CONFIG_GENERIC_ENTRY)",
                  "let seccomp be used");
    }
  }
  BH_TRY(check_threads());
  Thread* thread = make_thread_table() ? new_thread() : nullptr;
  if (thread == nullptr) return fail_system(ENOMEM, kCannot);
  assign(*thread, static_cast<int>(raw(SYS_gettid)));

  state.mechanism = mechanism;
  state.before = settings.before;
  state.after = settings.after;
  state.context = settings.context;
  state.exempt_count = settings.exempt.size();
  std::ranges::copy(settings.exempt, state.exempt);
  std::sort(state.exempt, state.exempt + state.exempt_count,
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  take_signals(mechanism);

  const auto* begin = arch::bulkhead_intercept_begin;
  const auto* end = arch::bulkhead_intercept_end;
  Status on;
  if (mechanism == Mechanism::filter) {
    on = install(
        filter_of(reinterpret_cast<std::uintptr_t>(begin), reinterpret_cast<std::uintptr_t>(end)));
  } else if (const std::int64_t result =
                 raw(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, begin,
                     end - begin, &thread->selector);
             result != 0) {
    on = fail_system(static_cast<int>(-result), "Syscall User Dispatch cannot be turned on");
  }
  if (!on) {
    give_signals_back();
    return std::unexpected(on.error());
  }
  state.started = true;
  return mechanism;
}

bool is_started() { return state.started; }

void as_tool(void (*work)(void*), void* argument) {
  Thread* thread = state.started ? this_thread() : nullptr;
  if (thread == nullptr) return work(argument);
  const std::uint64_t all = ~kSigsysBit;
  std::uint64_t mask = 0;
  raw(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof mask);
  ++thread->depth;
  thread->selector = kAllow;
  work(argument);
  if (--thread->depth == 0) thread->selector = kBlock;
  raw(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof mask);
}

}  // namespace bulkhead::intercept
