// What intercepted system calls look like on x86-64, and the code that makes them: the C++ view of
// intercept/x86_64/intercept.S, which includes this file too for the offsets.
//
// A call that is passed on is not made by the signal handler. The handler changes the interrupted
// context so that rt_sigreturn goes on at one of the entries below, which makes the call with the
// thread's own stack and signal mask and then jumps to where the program goes on. So the kernel
// interrupts, restarts and cancels it as it would natively, and a child begins on its own stack.
// Facts: kernel, arch/x86/kernel/signal_64.c (struct rt_sigframe), kernel/entry/
// syscall_user_dispatch.c; System V psABI for AMD64, appendix A.2 (system calls).
#pragma once

#include "arch/x86_64/state.h"

// A frame, below the red zone of whoever makes the call, for as long as the call lasts. After the
// call, what was given is not needed any more, and a register of the program is kept there.
#define BULKHEAD_FRAME_BACK 0   // where the program goes on
#define BULKHEAD_FRAME_STACK 8  // its stack pointer then
#define BULKHEAD_FRAME_RESULT 16
#define BULKHEAD_FRAME_NUMBER 24
#define BULKHEAD_FRAME_GIVEN 32     // six arguments, as the kernel gets them
#define BULKHEAD_FRAME_ORIGINAL 80  // as the program gave them; it finds its registers unchanged
#define BULKHEAD_FRAME_MASK 128     // its signal mask
#define BULKHEAD_FRAME_THREAD 136   // the record of the child that the call makes, or the caller's
#define BULKHEAD_FRAME_CHILD 144    // BULKHEAD_CHILD_…: what the child has to do
#define BULKHEAD_FRAME_DATA 152     // what changed arguments point to
#define BULKHEAD_FRAME_FLAGS 280    // the program's
#define BULKHEAD_FRAME_SIZE 288

#define BULKHEAD_CHILD_DISPATCH 1  // turn Syscall User Dispatch on, which no child inherits
#define BULKHEAD_CHILD_ACTION 2    // set the action for SIGSYS: CLONE_CLEAR_SIGHAND took it away
#define BULKHEAD_CHILD_BORROWED 4  // for the parent: it waits, and takes the record back

// The start of a thread's record (intercept/thread.h).
#define BULKHEAD_THREAD_SELECTOR 0  // byte: what the kernel does with calls of this thread
#define BULKHEAD_THREAD_LEAVES 1    // byte: the call that is passed on ends the thread
#define BULKHEAD_THREAD_DEPTH 4     // how many handlers run; more than 0: the tool's code runs
#define BULKHEAD_THREAD_TOP 8       // of the stack for callbacks; above it, the state is saved
#define BULKHEAD_THREAD_NEXT 16     // in the list of free records
#define BULKHEAD_THREAD_MASK 24     // of signals, for a handler of the program's
#define BULKHEAD_THREAD_NUMBER 32   // gettid() of the thread whose record it is; 0: nobody's
#define BULKHEAD_THREAD_POINTER 40  // its thread pointer (%fs) when a frame was made for it
#define BULKHEAD_THREAD_ALIGNMENT 0x10000

#define BULKHEAD_PASS_ROOM 144  // that bulkhead_intercept_pass takes of the stack

#ifndef __ASSEMBLER__

#include <sys/ucontext.h>

#include <cstddef>
#include <cstdint>

#include "arch/machine.h"

namespace bulkhead::arch {

// Below the stack pointer, a function's own (psABI 3.2.2); the kernel leaves it alone as well.
constexpr std::uintptr_t kRedZone = 128;

constexpr std::uintptr_t kPassRoom = BULKHEAD_PASS_ROOM;
static_assert(kPassRoom >= kRedZone + sizeof(void*));

struct CallFrame {
  std::uint64_t back;
  std::uint64_t stack;
  std::int64_t result;
  std::int64_t number;
  std::uint64_t given[6];
  std::uint64_t original[6];
  std::uint64_t mask;
  void* thread;
  std::uint64_t child;
  std::uint64_t data[16];
  std::uint64_t flags;
};
static_assert(sizeof(CallFrame) == BULKHEAD_FRAME_SIZE);
static_assert(offsetof(CallFrame, result) == BULKHEAD_FRAME_RESULT);
static_assert(offsetof(CallFrame, number) == BULKHEAD_FRAME_NUMBER);
static_assert(offsetof(CallFrame, given) == BULKHEAD_FRAME_GIVEN);
static_assert(offsetof(CallFrame, original) == BULKHEAD_FRAME_ORIGINAL);
static_assert(offsetof(CallFrame, mask) == BULKHEAD_FRAME_MASK);
static_assert(offsetof(CallFrame, thread) == BULKHEAD_FRAME_THREAD);
static_assert(offsetof(CallFrame, child) == BULKHEAD_FRAME_CHILD);
static_assert(offsetof(CallFrame, data) == BULKHEAD_FRAME_DATA);
static_assert(offsetof(CallFrame, flags) == BULKHEAD_FRAME_FLAGS);

extern "C" {
// The code whose calls the kernel lets pass; all entries below but the last lie in it.
extern const char bulkhead_intercept_begin[], bulkhead_intercept_end[];
// A call that is never intercepted. The kernel's result: -errno for a failure.
std::int64_t bulkhead_intercept_call(std::int64_t number, const std::uint64_t* arguments);
// The action for SIGSYS, and how it ends.
void bulkhead_intercept_signal();
void bulkhead_intercept_restorer();
// Entries. pass: %rcx is where the program goes on, everything else as it left it. bare: nothing
// comes after the call. The others: %rsp points to a CallFrame, %r11 to where it belongs.
void bulkhead_intercept_pass();
void bulkhead_intercept_bare();
void bulkhead_intercept_changed();  // then restores the arguments
// Then calls bulkhead_intercept_after, on the stack of the record that the frame names; or, if it
// names none, the handler again, by _settle.
void bulkhead_intercept_watched();
void bulkhead_intercept_clone();  // then calls the handler again, and takes care of the child
// The `syscall` of each.
extern const char bulkhead_intercept_pass_call[], bulkhead_intercept_changed_call[],
    bulkhead_intercept_watched_call[];
extern const char bulkhead_intercept_settled[];  // after the `syscall` of _settle
}

// Whether %fs is libc's: what it points to (tcbhead_t) has that address at 0 and at 16.
inline bool has_libc_thread_pointer() {
  std::uint64_t first, second;
  __asm__ volatile("mov %%fs:0, %0\n\tmov %%fs:16, %1" : "=r"(first), "=r"(second));
  return first != 0 && first == second;
}

// The interrupted program, as the handler finds and leaves it.
class Interrupted {
 public:
  explicit Interrupted(ucontext_t& context)
      : context_(context), registers_(context.uc_mcontext.gregs) {}

  std::uint64_t instruction() const { return reg(REG_RIP); }  // the one after `syscall`
  std::uint64_t stack() const { return reg(REG_RSP); }
  // After a signal instead of a call, %rax is the number again (syscall_rollback). The kernel looks
  // at its lower half alone (since Linux 5.14; before, what has more is no call's number).
  std::int64_t number() const { return static_cast<std::int32_t>(registers_[REG_RAX]); }
  std::uint64_t argument(std::size_t index) const { return reg(kArguments[index]); }

  std::uint64_t flags() const { return reg(REG_EFL); }
  bool is_stepping() const { return (flags() & kTrapFlag) != 0; }

  // It goes on as if the call had been made.
  void answer(std::int64_t result) { registers_[REG_RAX] = result; }

  // It makes the call, unchanged.
  void pass() {
    registers_[REG_RCX] = registers_[REG_RIP];
    registers_[REG_RIP] = address(&bulkhead_intercept_pass);
  }
  void pass_bare() { registers_[REG_RIP] = address(&bulkhead_intercept_bare); }
  // It makes the frame's call; the frame lies at `now` and will lie at `later`.
  void pass_frame(void (*entry)(), const CallFrame* now, const CallFrame* later) {
    registers_[REG_RIP] = address(entry);
    registers_[REG_RSP] = reinterpret_cast<std::intptr_t>(now);
    registers_[REG_R11] = reinterpret_cast<std::intptr_t>(later);
  }
  // It goes on behind the call for which the frame was made.
  void leave_frame(const CallFrame& frame) {
    for (std::size_t i = 0; i < 6; ++i) set(kArguments[i], frame.original[i]);
    set(REG_RAX, static_cast<std::uint64_t>(frame.result));
    set(REG_RIP, frame.back);
    set(REG_RCX, frame.back);
    set(REG_R11, reg(REG_EFL));
    set(REG_RSP, frame.stack);
  }

  // Whether it is in one of our entries, with the call not made yet or to be made again. If so, it
  // is as if it were about to make the call itself, and what it really was is in `saved`.
  bool show_own_call(gregset_t& saved) {
    const std::uint64_t at = instruction();
    const auto within = [&](void (*entry)(), const char* call) {
      return at >= static_cast<std::uint64_t>(address(entry)) &&
             at <= reinterpret_cast<std::uintptr_t>(call);
    };
    const bool plain = within(&bulkhead_intercept_pass, bulkhead_intercept_pass_call);
    if (!plain && !within(&bulkhead_intercept_changed, bulkhead_intercept_changed_call) &&
        !within(&bulkhead_intercept_watched, bulkhead_intercept_watched_call)) {
      return false;
    }
    __builtin_memcpy(saved, registers_, sizeof saved);
    if (!plain) {
      leave_frame(*reinterpret_cast<const CallFrame*>(stack()));
      set(REG_RAX, static_cast<std::uint64_t>(frame_number(saved)));
    } else {
      // Where the program goes on is in %rcx until it is on the stack.
      const bool kept = at == reinterpret_cast<std::uintptr_t>(bulkhead_intercept_pass_call);
      const bool lowered = at != static_cast<std::uint64_t>(address(&bulkhead_intercept_pass));
      set(REG_RIP, kept ? *reinterpret_cast<const std::uint64_t*>(stack()) : reg(REG_RCX));
      if (lowered) set(REG_RSP, stack() + kPassRoom);
    }
    set(REG_RIP, instruction() - X86_64::kSystemCallSize);
    return true;
  }
  void restore(const gregset_t& saved) { __builtin_memcpy(registers_, saved, sizeof saved); }

  // The kernel's set is one word; what the type has beyond it is not in the frame.
  std::uint64_t mask() const { return *reinterpret_cast<std::uint64_t*>(&context_.uc_sigmask); }
  void set_mask(std::uint64_t mask) {
    *reinterpret_cast<std::uint64_t*>(&context_.uc_sigmask) = mask;
  }
  ucontext_t& context() { return context_; }

 private:
  static constexpr std::uint64_t kTrapFlag = 0x100;
  static constexpr int kArguments[6] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
  static std::int64_t frame_number(const gregset_t& saved) {
    return reinterpret_cast<const CallFrame*>(saved[REG_RSP])->number;
  }
  static greg_t address(void (*entry)()) { return reinterpret_cast<greg_t>(entry); }
  std::uint64_t reg(int index) const { return static_cast<std::uint64_t>(registers_[index]); }
  void set(int index, std::uint64_t value) { registers_[index] = static_cast<greg_t>(value); }

  ucontext_t& context_;
  greg_t* registers_;
};

// What rt_sigreturn finds at the stack pointer with which it is called.
inline ucontext_t& frame_of_sigreturn(std::uint64_t stack) {
  return *reinterpret_cast<ucontext_t*>(stack);
}

}  // namespace bulkhead::arch

#endif
