// The two signals whose actions are not the program's alone. SIGSYS: its own action is recorded,
// and used for those SIGSYS that are not ours. And the one by which libc cancels threads.
#pragma once

#include <signal.h>

#include <cstdint>

#include "arch/intercept.h"
#include "intercept/state.h"
#include "intercept/thread.h"

namespace bulkhead::intercept {

// glibc's SIGCANCEL. Since 2.41 its handler looks whether it interrupted libc's `syscall`, and does
// nothing otherwise; but it is one of ours that waits for the kernel. So a handler of ours comes
// first, which shows the call where the program made it.
constexpr int kCancel = 32;

// All but those that our mechanism raises.
bool is_the_programs(const siginfo_t& info);

// Whether rt_sigaction for this signal must be one of the next two.
inline bool is_shared(std::uint64_t signal) {
  return static_cast<int>(signal) == SIGSYS || static_cast<int>(signal) == kCancel;
}

// What rt_sigaction would have returned. A process that has actions of its own, but shares memory
// with us, gets no record of its own: it is about to exec.
std::int64_t set_shared_action(const Thread& thread, const std::uint64_t* arguments);

// What to do with a SIGSYS of the program's: its handler, which is to be called with thread.mask
// as the signal mask; or 0. Does not return if the action is to end the process.
std::uint64_t forward(const siginfo_t& info, arch::Interrupted& program, Thread& thread);

// Installs our actions, unblocks SIGSYS, and records the program's. And back.
void take_signals(Mechanism mechanism);
void give_signals_back();

}  // namespace bulkhead::intercept
