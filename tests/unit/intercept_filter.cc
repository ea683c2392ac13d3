// The filter that makes signals of calls, run as the kernel runs it.
#include "intercept/filter.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <cstring>

namespace bulkhead::intercept {
namespace {

std::uint32_t run(const Filter& filter, std::uint64_t instruction_pointer) {
  seccomp_data data{.instruction_pointer = instruction_pointer};
  std::uint32_t accumulator = 0;
  for (std::size_t i = 0; i < filter.size(); ++i) {
    const sock_filter& step = filter[i];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_ALU | BPF_SUB | BPF_K: accumulator -= step.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: i += accumulator == step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: i += accumulator >= step.k ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k;
      default: ADD_FAILURE() << "unknown step " << step.code; return 0;
    }
  }
  ADD_FAILURE() << "runs off its end";
  return 0;
}

class Region : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Region, PassesAndNothingElseDoes) {
  const std::uint64_t begin = GetParam(), end = begin + 0x1000;
  const Filter filter = filter_of(begin, end);
  const auto passes = [&](std::uint64_t at) {
    const std::uint32_t verdict = run(filter, at);
    EXPECT_TRUE(verdict == SECCOMP_RET_ALLOW || verdict == (SECCOMP_RET_TRAP | kFilterMark));
    return verdict == SECCOMP_RET_ALLOW;
  };
  EXPECT_TRUE(passes(begin));
  EXPECT_TRUE(passes(begin + 0x7ff));
  EXPECT_TRUE(passes(end - 1));
  EXPECT_FALSE(passes(begin - 1));
  EXPECT_FALSE(passes(end));
  EXPECT_FALSE(passes(begin + (1ULL << 32))) << "the same lower half";
  EXPECT_FALSE(passes(begin - (1ULL << 32)));
  EXPECT_FALSE(passes(begin & 0xffffffff));
  EXPECT_FALSE(passes(0x7fffffffffff));
}

TEST_P(Region, LeavesTheVsyscallPageToTheKernel) {
  EXPECT_EQ(run(filter_of(GetParam(), GetParam() + 0x1000), 0xffffffffff600000), SECCOMP_RET_ALLOW);
}

INSTANTIATE_TEST_SUITE_P(Addresses, Region,
                         testing::Values(0x7f1234567000, 0x7f1200000000, 0x7f12fffff000,
                                         0x555500400000));

}  // namespace
}  // namespace bulkhead::intercept
