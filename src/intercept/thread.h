// A record for each thread whose calls are intercepted: the selector that the kernel reads, and a
// stack for callbacks.
//
// Found by thread number in one large sparse table, since nothing else that a signal handler can
// see belongs to one thread alone: %fs is the parent's in children of vfork and posix_spawn, and
// %gs is the program's to use. Records are never unmapped: a thread that ends puts its own on a
// list, from which the next clone takes it. No lock: all of it happens in signal handlers.
//
// The table may still lead from a thread's number to its record when that is another thread's, or
// that of the process that forked. So a record has its thread's number as well, and is only used by
// the thread that finds its own there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/intercept.h"

namespace bulkhead::intercept {

struct Thread {
  // As arch/x86_64/intercept.h lays it out.
  std::uint8_t selector;  // kBlock, kAllow
  std::uint8_t leaves;
  std::int32_t depth;
  std::uint64_t top;
  std::uint64_t next;
  std::uint64_t mask;
  std::int32_t number;
  std::uint64_t pointer;

  bool process_of_its_own;  // it shares memory with others, and is not one of their threads
  bool actions_of_its_own;  // nor their table of signal actions
  bool borrowed;            // the parent waits (CLONE_VFORK) and takes the record back
  bool in_vfork;            // it waits for a child which uses its stack
  arch::CallFrame waiting;  // what was on it
};
static_assert(offsetof(Thread, selector) == BULKHEAD_THREAD_SELECTOR);
static_assert(offsetof(Thread, leaves) == BULKHEAD_THREAD_LEAVES);
static_assert(offsetof(Thread, depth) == BULKHEAD_THREAD_DEPTH);
static_assert(offsetof(Thread, top) == BULKHEAD_THREAD_TOP);
static_assert(offsetof(Thread, next) == BULKHEAD_THREAD_NEXT);
static_assert(offsetof(Thread, mask) == BULKHEAD_THREAD_MASK);
static_assert(offsetof(Thread, number) == BULKHEAD_THREAD_NUMBER);
static_assert(offsetof(Thread, pointer) == BULKHEAD_THREAD_POINTER);

constexpr std::uint8_t kAllow = 0, kBlock = 1;  // SYSCALL_DISPATCH_FILTER_…

// Makes the table, and finds out what state is to be saved around callbacks (unless a test has set
// that); false if there is no memory. Before all others.
bool make_thread_table();

// A record that is nobody's yet; null if there is no memory.
Thread* new_thread();

// Gives back a record that no thread uses or will use.
void release(Thread& thread);

// The calling thread's record, or null.
Thread* this_thread();
// `number`: gettid() of the thread whose record it is from now on.
void assign(Thread& thread, int number);

}  // namespace bulkhead::intercept
