#include "intercept/children.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/syscall.h>

#include <cstring>

#include "base/diagnostics.h"
#include "intercept/masks.h"
#include "intercept/raw.h"
#include "intercept/state.h"

#ifndef CLONE_CLEAR_SIGHAND  // Linux 5.5
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

extern "C" [[noreturn]] void bulkhead_intercept_lost_child();

namespace bulkhead::intercept {
namespace {

// struct clone_args, version 0 to 2, in words.
constexpr std::size_t kFlags = 0, kStack = 5, kStackSize = 6, kLeast = 8, kMost = 16;
static_assert(kMost <= sizeof(arch::CallFrame::data) / 8);

// What a call makes, whichever it is.
struct Birth {
  std::uint64_t flags = 0;  // CLONE_…
  std::uint64_t stack = 0;  // its upper end; 0: the parent's
  std::uint64_t size = 0;   // of it, for clone3
};

// Reads clone3's arguments to `words`; the errno value that the kernel would give.
int read_clone3(const Call& call, std::uint64_t* words) {
  const std::uint64_t size = call.arguments[1];
  if (size < kLeast * 8) return EINVAL;
  if (size > kMost * 8 || size % 8 != 0) return E2BIG;  // a kernel newer than all known
  return read_program(words, call.arguments[0], size) ? 0 : EFAULT;
}

int read_birth(const Call& call, Birth& birth, arch::CallFrame& frame) {
  switch (call.number) {
    case SYS_fork: break;
    case SYS_vfork: birth.flags = CLONE_VM | CLONE_VFORK; break;
    case SYS_clone:
      birth.flags = call.arguments[0];
      birth.stack = call.arguments[1];
      break;
    default:
      if (const int error = read_clone3(call, frame.data); error != 0) return error;
      birth.flags = frame.data[kFlags];
      birth.size = frame.data[kStackSize];
      birth.stack = frame.data[kStack] == 0 ? 0 : frame.data[kStack] + birth.size;
  }
  return 0;
}

}  // namespace

void note_namespaces(const Call& call) {
  if (call.number == SYS_setns ||
      (call.number == SYS_unshare && (call.arguments[0] & CLONE_NEWPID) != 0)) {
    state.pid_namespaces = true;
  }
}

bool makes_child(std::int64_t number) {
  return number == SYS_clone || number == SYS_fork || number == SYS_vfork || number == SYS_clone3;
}

namespace {

// Records are found by thread number: that of a child which shares memory, but counts otherwise,
// could be another thread's here.
bool must_be_refused(const Birth& birth, bool shares_memory) {
  const bool other_numbers = state.pid_namespaces || (birth.flags & CLONE_NEWPID) != 0;
  if (!shares_memory || (birth.flags & CLONE_THREAD) != 0 || !other_numbers) return false;
  if (!__atomic_exchange_n(&state.sharing_refusal_told, true, __ATOMIC_RELAXED)) {
    message(
        {"intercept: a child in a PID namespace of its own that shares memory (vfork, "
         "posix_spawn) is refused (EINVAL): its system calls could not be intercepted; use "
         "fork"});
  }
  return true;
}

// Of a child that shares memory; null if there is no memory for one.
Thread* record_of(const Birth& birth, const Thread& parent, bool waits) {
  Thread* child = new_thread();
  if (child == nullptr) return nullptr;
  child->process_of_its_own = (birth.flags & CLONE_THREAD) == 0;
  child->actions_of_its_own = (birth.flags & CLONE_SIGHAND) == 0;
  child->borrowed = waits;
  // A callback's thread is the tool's.
  child->depth = parent.depth - 1;
  return child;
}

}  // namespace

int prepare_child(const Call& call, arch::Interrupted& program, Thread& parent,
                  arch::CallFrame& frame, arch::CallFrame* later) {
  Birth birth;
  if (const int error = read_birth(call, birth, frame); error != 0) return error;
  const bool shares_memory = (birth.flags & CLONE_VM) != 0;
  if (must_be_refused(birth, shares_memory)) return EINVAL;
  const bool waits = shares_memory && (birth.flags & CLONE_VFORK) != 0;

  // Without shared memory the child has a copy of this record, which is free to be its own.
  Thread* child = shares_memory ? record_of(birth, parent, waits) : &parent;
  if (child == nullptr) return EAGAIN;
  frame.thread = child;
  frame.child = state.mechanism == Mechanism::dispatch ? BULKHEAD_CHILD_DISPATCH : 0;
  if ((birth.flags & CLONE_CLEAR_SIGHAND) != 0 && call.number == SYS_clone3) {
    frame.child |= BULKHEAD_CHILD_ACTION;
  }
  if (waits) frame.child |= BULKHEAD_CHILD_BORROWED;
  frame.mask = program.mask();
  program.set_mask(~kSigsysBit);

  if (birth.stack == 0) {
    if (waits) {
      parent.waiting = frame;
      parent.in_vfork = true;
    }
    return 0;
  }
  // What is below the upper end of its stack is the child's, so the frame can be there.
  const std::uint64_t at = (birth.stack - sizeof frame) & ~std::uint64_t{15};
  if (call.number == SYS_clone3) {
    const std::uint64_t used = birth.stack - at;
    if (birth.size <= used) {
      if (shares_memory) release(*child);
      program.set_mask(frame.mask);
      return ENOMEM;
    }
    frame.data[kStackSize] = birth.size - used;
    frame.given[0] = reinterpret_cast<std::uintptr_t>(later->data);
  } else {
    frame.given[1] = at;
  }
  arch::CallFrame childs = frame;
  childs.stack = birth.stack;
  std::memcpy(reinterpret_cast<void*>(at), &childs, sizeof childs);
  return 0;
}

arch::CallFrame settle_child(const arch::CallFrame& frame, arch::Interrupted& program,
                             Thread& parent) {
  arch::CallFrame settled = frame;
  if (parent.in_vfork) {
    settled = parent.waiting;
    settled.result = frame.result;  // written when the child had left the stack
    parent.in_vfork = false;
  }
  auto* child = static_cast<Thread*>(settled.thread);
  // CLONE_VFORK: the child has ended or called exec. (A record that was not borrowed may be another
  // thread's by now, and is not looked at.)
  const bool borrowed = (settled.child & BULKHEAD_CHILD_BORROWED) != 0;
  if (child != &parent && (settled.result < 0 || borrowed)) release(*child);
  program.set_mask(settled.mask);
  return settled;
}

}  // namespace bulkhead::intercept

// The kernel that let us have Syscall User Dispatch refuses it to a child: only a seccomp filter
// that the program installed does that. Calls that are not seen would be a lie.
void bulkhead_intercept_lost_child() {
  bulkhead::fatal(
      "intercept: a new thread or process cannot be intercepted: "
      "prctl(PR_SET_SYSCALL_USER_DISPATCH)"
      " failed in it; does the program install a seccomp filter that forbids it?");
}
