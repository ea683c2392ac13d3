// The smallest tool: counts all calls, and answers, changes or refuses some. Linked to the test
// programs, or preloaded. OBSERVER_MECHANISM is dispatch or filter; OBSERVER_AFTER=1: sees results;
// OBSERVER_STATE=fxsave or xsave: saves the CPU's state with that instead of its newest
// instruction.
#include "observer.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch/machine.h"
#include "base/arena.h"
#include "base/diagnostics.h"
#include "intercept/intercept.h"

using bulkhead::intercept::Call;
using bulkhead::intercept::Mechanism;
using bulkhead::intercept::Verdict;

extern "C" {
observer_rules observer;
extern bulkhead::arch::Native::StateSaving bulkhead_intercept_state;
extern const char observer_exempt_begin[], observer_exempt_end[];
}
// Exempt are the instructions from the `ret` of the first to the `syscall` of the second: one lies
// directly before the range, the other at its very end.
asm(R"(
        .text
        .globl  observer_call_before_exempt
        .type   observer_call_before_exempt, @function
observer_call_before_exempt:
        mov     $110, %eax
        syscall
observer_exempt_begin:
        ret
        .globl  observer_exempt_call
        .type   observer_exempt_call, @function
observer_exempt_call:
        mov     $110, %eax
        syscall
observer_exempt_end:
        ret
)");

namespace {

struct Counts {
  unsigned long shown[1024];
  unsigned long failed[1024];
};
Counts* counts;

std::size_t slot(long number) {
  return number >= 0 && number < 1023 ? static_cast<std::size_t>(number) : 1023;
}

const char* text(std::uint64_t address) { return reinterpret_cast<const char*>(address); }

void be_busy() {
  utsname name;
  uname(&name);
  char large[40 * 1024];  // more than the program's stack may have
  memset(large, 1, sizeof large);
  asm volatile("" : : "r"(large) : "memory");
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (write(fd, "x", 1) != 1) abort();
  close(fd);
  errno = E2BIG;  // the program's must not change
}

[[gnu::target("avx512f,avx512bw")]] void destroy_widest() {
  asm volatile(
      "vpternlogd $0xff, %%zmm9, %%zmm9, %%zmm9\n\tvpternlogd $0xff, %%zmm29, %%zmm29, %%zmm29\n\t"
      "kxnorq %%k1, %%k1, %%k1"
      :
      :
      : "xmm9", "xmm29", "k1");
}

// What the psABI promises at the entry of a function, and what it lets functions change.
void be_greedy() {
  alignas(16) unsigned char state[512];
  unsigned long flags = 0;
  asm volatile("fxsave64 %0\n\tpushfq\n\tpop %1" : "=m"(state), "=r"(flags));
  const auto word = [&](int at) { return state[at] | state[at + 1] << 8; };
  if ((flags & 0x400) != 0 || word(0) != 0x37f || state[4] != 0 || word(24) != 0x1f80) abort();
  asm volatile("pcmpeqb %%xmm9, %%xmm9\n\tfldpi\n\tfstp %%st(0)" : : : "xmm9", "st");
  if (observer.greedy == 1) return;
  if (__builtin_cpu_supports("avx512bw")) {
    destroy_widest();
  } else if (__builtin_cpu_supports("avx")) {
    asm volatile("vzeroall" : : : "xmm9");
  }
}

Verdict before(Call& call, void*) {
  __atomic_fetch_add(&counts->shown[slot(call.number)], 1, __ATOMIC_RELAXED);
  if (observer.busy != 0) be_busy();
  if (observer.greedy != 0) be_greedy();
  switch (call.number) {
    case SYS_getpid:
      if (observer.getpid_answer == 0) break;
      call.result = observer.getpid_answer;
      return Verdict::answered;
    case SYS_openat:
      if (observer.refused && strcmp(text(call.arguments[1]), observer.refused) == 0) {
        call.result = -EACCES;
        return Verdict::answered;
      }
      if (observer.from && strcmp(text(call.arguments[1]), observer.from) == 0) {
        call.arguments[1] = reinterpret_cast<std::uintptr_t>(observer.to);
      }
      break;
    default: break;
  }
  return Verdict::pass_on;
}

void after(Call& call, void*) {
  if (observer.busy != 0) be_busy();
  if (observer.greedy != 0) be_greedy();
  if (call.result < 0 && call.result >= -4095) {
    __atomic_fetch_add(&counts->failed[slot(call.number)], 1, __ATOMIC_RELAXED);
  }
  if (call.number == SYS_getppid) {
    call.result += observer.getppid_result;
    observer.in_callback = 1;
    if (observer.raised != 0) raise(observer.raised);
    observer.in_callback = 0;
  }
  if (call.number == SYS_getpgrp) {
    void* addresses[100];
    observer.frames = backtrace(addresses, 100);
  }
}

bool is(const char* variable, const char* value) {
  const char* set = getenv(variable);
  return set != nullptr && strcmp(set, value) == 0;
}

[[gnu::constructor]] void begin() {
  const char* file = getenv("OBSERVER_COUNTS");
  const int fd = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd >= 0 && ftruncate(fd, sizeof *counts) != 0) abort();
  void* at = mmap(nullptr, sizeof *counts, PROT_READ | PROT_WRITE,
                  fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS, fd, 0);
  if (fd >= 0) close(fd);
  if (at == MAP_FAILED) abort();
  counts = static_cast<Counts*>(at);
  bulkhead::intercept::Settings settings;
  settings.before = before;
  const bulkhead::intercept::Range exempt[] = {
      {reinterpret_cast<std::uintptr_t>(observer_exempt_begin),
       reinterpret_cast<std::uintptr_t>(observer_exempt_end)}};
  settings.exempt = exempt;
  if (is("OBSERVER_AFTER", "1")) settings.after = after;
  if (is("OBSERVER_MECHANISM", "dispatch")) settings.preferred = Mechanism::dispatch;
  if (is("OBSERVER_MECHANISM", "filter")) settings.preferred = Mechanism::filter;
  using Saving = bulkhead::arch::Native::StateSaving;
  const Saving best = bulkhead::arch::Native::state_saving(bulkhead::arch::Native::kStateOfCalls);
  if (is("OBSERVER_STATE", "fxsave")) bulkhead_intercept_state = {512, 0, Saving::kFxsave};
  if (is("OBSERVER_STATE", "xsave") && best.instruction != Saving::kFxsave) {
    bulkhead_intercept_state = {16384, best.mask, Saving::kXsave};
  }
  auto started = bulkhead::intercept::start(settings);
  if (!started) {
    bulkhead::Arena arena;
    bulkhead::message({bulkhead::render(arena, started.error())});
    _exit(started.error().fault == bulkhead::Fault::unsupported ? 77 : 3);
  }
  observer.no_exec = *started == Mechanism::filter;
}

}  // namespace

unsigned long observed(long number) {
  return __atomic_load_n(&counts->shown[slot(number)], __ATOMIC_RELAXED);
}
unsigned long observed_failures(long number) {
  return __atomic_load_n(&counts->failed[slot(number)], __ATOMIC_RELAXED);
}
unsigned long observed_all(void) {
  unsigned long sum = 0;
  for (long i = 0; i < 1024; ++i) sum += observed(i);
  return sum;
}
int observer_cannot_start_again(void) { return !bulkhead::intercept::start({}) ? 1 : 0; }
void observer_unseen(void (*work)(void*), void* argument) {
  bulkhead::intercept::as_tool(work, argument);
}
