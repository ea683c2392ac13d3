// The code that only interposers have, by running it: guards, and calls with a return address of
// the image's own.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "arch/machine.h"

namespace bulkhead::arch {
namespace {

void* seen;
void target(void* first) { seen = first; }
void* seen_early;
void early(void* first) { seen_early = first; }

void* return_address;
std::uintptr_t stack_at_call;
std::uintptr_t arguments[3];
[[gnu::noinline]] std::uintptr_t called(std::uintptr_t a, std::uintptr_t b, std::uintptr_t c) {
  return_address = __builtin_return_address(0);
  stack_at_call = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  arguments[0] = a;
  arguments[1] = b;
  arguments[2] = c;
  return 4711;
}

class Code : public testing::Test {
 protected:
  Code() {
    memory_ = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  ~Code() override { ::munmap(memory_, kSize); }
  std::byte* bytes() { return static_cast<std::byte*>(memory_); }
  std::uint64_t address(std::size_t at) { return reinterpret_cast<std::uint64_t>(bytes() + at); }

  static constexpr std::size_t kSize = 4096;
  void* memory_;
};

class Guard : public Code {
 protected:
  static constexpr std::size_t kRange = 1024, kWords = 1040;
  Guard() {
    Native::write_guard({bytes(), Native::kGuardSize}, address(0), address(kRange),
                        address(kWords));
    put(kRange, 0x10000);     // begin
    put(kRange + 8, 0x1000);  // size
    put(kWords, reinterpret_cast<std::uint64_t>(&target));
    put(kWords + 8, reinterpret_cast<std::uint64_t>(&early));
  }
  void put(std::size_t at, std::uint64_t word) { std::memcpy(bytes() + at, &word, 8); }
  // Which of the two was called with that pointer.
  bool goes_early(std::uint64_t pointer) {
    seen = seen_early = nullptr;
    reinterpret_cast<void (*)(std::uint64_t)>(memory_)(pointer);
    void* found = seen_early != nullptr ? seen_early : seen;
    EXPECT_EQ(reinterpret_cast<std::uint64_t>(found), pointer);
    return seen_early != nullptr;
  }
};

TEST_F(Guard, SendsMemoryOfTheRangeElsewhere) {
  EXPECT_TRUE(goes_early(0x10000));
  EXPECT_TRUE(goes_early(0x10fff));
  EXPECT_FALSE(goes_early(0xffff));
  EXPECT_FALSE(goes_early(0x11000));
  EXPECT_FALSE(goes_early(0));
  EXPECT_FALSE(goes_early(~0ULL));
}

TEST_F(Guard, SendsNothingElsewhereWhileThereIsNoRange) {
  put(kRange, 0);
  put(kRange + 8, 0);
  EXPECT_FALSE(goes_early(0));
  EXPECT_FALSE(goes_early(0x10000));
}

TEST_F(Code, NextCallsWithAReturnAddressOfItsOwn) {
  Native::write_next({bytes(), Native::kNextSize});
  using Call = std::uintptr_t (*)(std::uintptr_t, std::uintptr_t, std::uintptr_t, const void*);
  EXPECT_EQ(reinterpret_cast<Call>(memory_)(1, 2, 3, reinterpret_cast<const void*>(&called)),
            4711U);
  EXPECT_EQ(arguments[0], 1U);
  EXPECT_EQ(arguments[1], 2U);
  EXPECT_EQ(arguments[2], 3U);
  auto offset = reinterpret_cast<std::uintptr_t>(return_address) - address(0);
  EXPECT_LT(offset, Native::kNextSize);
  EXPECT_EQ(stack_at_call % 16, 0U);  // %rbp of a frame, as the psABI aligns it
}

TEST(SystemCall, ReturnsWhatTheKernelDoes) {
  constexpr long kBadAddress = -22;  // mprotect of an address that is no page's: EINVAL
  EXPECT_EQ(Native::system_call(10 /* mprotect */, 1, 1, 0), kBadAddress);
}

}  // namespace
}  // namespace bulkhead::arch
