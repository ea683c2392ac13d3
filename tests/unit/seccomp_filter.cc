// What a filter may consist of, and what it decides.
#include "seccomp/filter.h"

#include <gtest/gtest.h>

#include "seccomp_case.h"

namespace bulkhead::seccomp {
namespace {

using namespace testing;

std::string_view fault_of(const Code& code) {
  Status status = check(code);
  return status ? "no fault" : status.error().what;
}

TEST(SeccompFilter, LooksAtEveryWordOfTheCall) {
  ::seccomp_data data{};
  auto* words = reinterpret_cast<std::uint32_t*>(&data);
  for (std::uint32_t i = 0; i < sizeof data / 4; ++i) words[i] = 1000 + i;
  for (std::uint32_t i = 0; i < sizeof data / 4; ++i) {
    Code code = {look_at(4 * i), operation(BPF_RET | BPF_A, 0)};
    ASSERT_TRUE(check(code));
    EXPECT_EQ(evaluate(code, data), 1000 + i);
  }
}

TEST(SeccompFilter, ComputesAsTheKernelDoes) {
  struct Case {
    unsigned code;
    std::uint32_t operand, result;
  };
  for (const Case& each :
       {Case{BPF_ADD, 7, 3}, Case{BPF_SUB, 0xfffffffd, 0xffffffff}, Case{BPF_MUL, 2, 0xfffffff8},
        Case{BPF_DIV, 2, 0x7ffffffe}, Case{BPF_AND, 0xff, 0xfc}, Case{BPF_OR, 1, 0xfffffffd},
        Case{BPF_XOR, 0xffffffff, 3}, Case{BPF_LSH, 31, 0}, Case{BPF_RSH, 31, 1},
        Case{BPF_NEG, 0, 4}}) {
    Code code = {operation(BPF_LD | BPF_IMM, 0xfffffffc),
                 operation(BPF_ALU | each.code, each.operand), operation(BPF_RET | BPF_A, 0)};
    ASSERT_TRUE(check(code)) << each.code;
    EXPECT_EQ(evaluate(code, {}), each.result) << each.code;
  }
}

TEST(SeccompFilter, ComparesWithoutSigns) {
  struct Case {
    unsigned code;
    std::uint32_t operand;
    bool holds;
  };
  for (const Case& each : {Case{BPF_JEQ, 0x80000000, true}, Case{BPF_JEQ, 1, false},
                           Case{BPF_JGT, 0x7fffffff, true}, Case{BPF_JGT, 0x80000000, false},
                           Case{BPF_JGE, 0x80000000, true}, Case{BPF_JGE, 0x80000001, false},
                           Case{BPF_JSET, 0xc0000000, true}, Case{BPF_JSET, 0x7fffffff, false}}) {
    Code code = {operation(BPF_LD | BPF_IMM, 0x80000000),
                 operation(BPF_JMP | BPF_K | each.code, each.operand, 1, 0), give(0), give(1)};
    ASSERT_TRUE(check(code));
    EXPECT_EQ(evaluate(code, {}) != 0, each.holds) << each.code << " " << each.operand;
  }
}

TEST(SeccompFilter, CountsTheInstructionsThatItExecutes) {
  Code code = {operation(BPF_JMP | BPF_JA, 1), give(1), give(2)};
  std::size_t steps = 0;
  EXPECT_EQ(evaluate(code, {}, &steps), 2U);
  EXPECT_EQ(steps, 2U);
}

TEST(SeccompFilter, WithoutAnInstructionIsRefused) {
  EXPECT_EQ(fault_of({}), "the filter is empty");
}

TEST(SeccompFilter, BeyondTheKernelsLimitIsRefused) {
  EXPECT_TRUE(check(long_one(kMaxInstructions, 0)));
  Status status = check(long_one(kMaxInstructions + 1, 0));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().fault, Fault::limit);
}

TEST(SeccompFilter, JumpOutOfItIsRefused) {
  constexpr std::string_view kOut = "a jump leads out of the filter";
  Code code = {operation(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), give(0), give(1)};
  EXPECT_TRUE(check(code));
  code[0].jf = 2;
  EXPECT_EQ(fault_of(code), kOut);
  code[0] = operation(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 1);
  EXPECT_EQ(fault_of(code), kOut);
  code[0] = operation(BPF_JMP | BPF_JA, 2);
  EXPECT_EQ(fault_of(code), kOut);
  code[0] = operation(BPF_JMP | BPF_JA, 0xffffffff);  // backwards, if it were a signed number
  EXPECT_EQ(fault_of(code), kOut);
}

TEST(SeccompFilter, EndWithoutAReturnIsRefused) {
  EXPECT_EQ(fault_of({give(0), look_at(0)}), "the filter's last instruction is no return");
}

TEST(SeccompFilter, OperandsThatTheKernelRefusesAreRefused) {
  constexpr std::string_view kNot = "the filter has an instruction that is not allowed";
  for (const Instruction& bad :
       {look_at(sizeof(::seccomp_data)), look_at(2), operation(BPF_ALU | BPF_DIV | BPF_K, 0),
        operation(BPF_ALU | BPF_LSH | BPF_K, 32), operation(BPF_ALU | BPF_RSH | BPF_K, 32),
        operation(BPF_LD | BPF_H | BPF_ABS, 0), operation(BPF_LD | BPF_W | BPF_IND, 0),
        operation(BPF_ST, 0), operation(BPF_JMP | BPF_JEQ | BPF_X, 0), operation(0xffff, 0)}) {
    EXPECT_EQ(fault_of({bad, give(0)}), kNot) << bad.code;
  }
}

}  // namespace
}  // namespace bulkhead::seccomp
