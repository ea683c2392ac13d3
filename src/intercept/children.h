// clone, clone3, fork and vfork. No child inherits Syscall User Dispatch, and each needs a record,
// before it executes an instruction of the program. So it begins in intercept/x86_64/intercept.S,
// with a frame on the stack that it will have.
#pragma once

#include <cstdint>

#include "arch/intercept.h"
#include "intercept/intercept.h"
#include "intercept/thread.h"

namespace bulkhead::intercept {

// Remembers that children may get numbers of another PID namespace. For calls that are passed on.
void note_namespaces(const Call& call);

bool makes_child(std::int64_t number);

// Fills in what the child needs: frame.thread, .child, .mask, .given, and a frame on its stack.
// `frame` will lie at `later`. Blocks all signals but SIGSYS for the call. An errno value if the
// child cannot be made.
int prepare_child(const Call& call, arch::Interrupted& program, Thread& parent,
                  arch::CallFrame& frame, arch::CallFrame* later);

// In the parent, after the call: gives the record back if the child has none or needs none any
// more. `frame` is where the parent's stack has it, which a child of vfork may have overwritten.
arch::CallFrame settle_child(const arch::CallFrame& frame, arch::Interrupted& program,
                             Thread& parent);

}  // namespace bulkhead::intercept
