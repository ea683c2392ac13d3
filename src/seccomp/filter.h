// Classic BPF as seccomp(2) runs it: what a filter may consist of, and what it decides.
//
// A filter is a sequence of instructions that looks at a struct seccomp_data and ends with a
// value such as SECCOMP_RET_ALLOW. Facts: linux/filter.h, linux/seccomp.h, and the kernel's
// kernel/seccomp.c and net/core/filter.c, which check a filter before they take it.
//
// Pure, and safe to call from any thread.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace bulkhead::seccomp {

using Instruction = ::sock_filter;
using Filter = std::span<const Instruction>;

// What the kernel takes in one filter.
inline constexpr std::size_t kMaxInstructions = BPF_MAXINSNS;

// Whether a filter is one that stays inside itself: every instruction is known, every jump leads
// forward to an instruction of it, and every way through it ends with a return. What this accepts
// the kernel accepts. The kernel takes more: the index register and the scratch memory, which
// libseccomp does not use, are refused here.
//
// Errors: malformed, or limit if it is longer than kMaxInstructions.
Status check(Filter filter);

// What the kernel would do for a system call: the value of the filter's return. `filter` must have
// passed check(). `steps`, if not null, is set to how many instructions were executed.
std::uint32_t evaluate(Filter filter, const ::seccomp_data& data, std::size_t* steps = nullptr);

// Whether a conditional jump (BPF_JMP with a constant, not BPF_JA) goes to its `jt`.
bool holds(const Instruction& jump, std::uint32_t accumulator);

}  // namespace bulkhead::seccomp
