// Intercepted system calls, by processor: the registers, the frame, the entries
// (arch/<cpu>/intercept.h), and what intercept/ uses of them.
#pragma once

#include "arch/machine.h"

#if defined(__x86_64__)
#include "arch/x86_64/intercept.h"
#else
#error \
    "bulkhead: system calls of this CPU cannot be intercepted yet; see src/arch/x86_64/intercept.h"
#endif

namespace bulkhead::arch {

// clang-format off
template <class Program, class Frame, class M>
concept Interception = requires(Program& program, Frame* frame, std::int64_t result,
                                std::uint64_t word, void (*entry)(), gregset_t& registers) {
  // How the state beside the general registers is saved around a callback.
  { M::state_saving(M::kStateOfCallbacks) } -> std::same_as<typename M::StateSaving>;
  // The interrupted program: behind the instruction that makes the call; the call.
  { program.instruction() } -> Number;
  { program.stack() } -> Number;
  { program.number() } -> Number;
  { program.argument(0) } -> Number;
  { program.flags() } -> Number;
  { program.is_stepping() } -> std::same_as<bool>;
  { program.mask() } -> Number;
  program.set_mask(word);
  { program.context() } -> std::same_as<ucontext_t&>;
  // How it goes on: with a result; making the call as it is, or with nothing after it; by a frame,
  // which lies somewhere now and will lie elsewhere; behind the call of a frame.
  program.answer(result);
  program.pass();
  program.pass_bare();
  program.pass_frame(entry, frame, frame);
  program.leave_frame(*frame);
  // For a handler of the program's that is to see it as it would be natively.
  { program.show_own_call(registers) } -> std::same_as<bool>;
  program.restore(registers);
  // The frame.
  { frame->back } -> Number;
  { frame->stack } -> Number;
  { frame->number } -> Number;
  { frame->given[0] } -> Number;
  { frame->original[0] } -> Number;
  { frame->data[0] } -> Number;
  { frame->flags } -> Number;
  { frame->thread } -> std::convertible_to<void*>;
  { frame->child } -> Number;
  { frame->mask } -> Number;
  frame->result = result;
};
// clang-format on

static_assert(Interception<Interrupted, CallFrame, Native>);

}  // namespace bulkhead::arch
