// Where calls take signal masks, and what becomes of SIGSYS in them.
#include "intercept/masks.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

namespace bulkhead::intercept {
namespace {

using Arguments = std::uint64_t[6];

TEST(MaskPlace, OfCallsThatTakeOne) {
  const auto index = [](long number, const Arguments& arguments) {
    auto place = mask_place(number, arguments);
    return place ? place->argument : -1;
  };
  EXPECT_EQ(index(SYS_rt_sigprocmask, {SIG_SETMASK, 1, 0, 8}), 1);
  EXPECT_EQ(index(SYS_rt_sigprocmask, {SIG_BLOCK, 1, 0, 8}), 1);
  EXPECT_EQ(index(SYS_rt_sigsuspend, {1, 8}), 0);
  EXPECT_EQ(index(SYS_ppoll, {0, 0, 0, 1, 8}), 3);
  EXPECT_EQ(index(SYS_epoll_pwait, {0, 0, 0, 0, 1, 8}), 4);
  EXPECT_EQ(index(441, {0, 0, 0, 0, 1, 8}), 4) << "epoll_pwait2";
  EXPECT_EQ(index(SYS_pselect6, {0, 0, 0, 0, 0, 1}), 5);
  EXPECT_EQ(index(SYS_io_pgetevents, {0, 0, 0, 0, 0, 1}), 5);
  EXPECT_EQ(index(SYS_io_uring_enter, {0, 0, 0, 0, 1, 8}), 4);
  EXPECT_EQ(index(SYS_io_uring_enter, {0, 0, 0, 8, 1, 24}), 4);
  EXPECT_EQ(index(SYS_rt_sigaction, {SIGUSR1, 1, 0, 8}), 1);
}

TEST(MaskPlace, NoneWhereNothingIsSet) {
  const auto none = [](long number, const Arguments& arguments) {
    return !mask_place(number, arguments);
  };
  EXPECT_TRUE(none(SYS_read, {1, 1, 8, 1, 8, 1}));
  EXPECT_TRUE(none(SYS_rt_sigprocmask, {SIG_UNBLOCK, 1, 0, 8}));
  EXPECT_TRUE(none(SYS_rt_sigprocmask, {SIG_SETMASK, 0, 1, 8})) << "only asks";
  EXPECT_TRUE(none(SYS_rt_sigprocmask, {SIG_SETMASK, 1, 0, 16})) << "EINVAL";
  EXPECT_TRUE(none(SYS_ppoll, {1, 1, 1, 0, 8}));
  EXPECT_TRUE(none(SYS_pselect6, {1, 1, 1, 1, 1, 0}));
  EXPECT_TRUE(none(SYS_io_uring_enter, {0, 0, 0, 8, 1, 8}));
  EXPECT_TRUE(none(SYS_rt_sigaction, {SIGUSR1, 0, 1, 8}));
}

class Mask : public testing::Test {
 protected:
  bool edit(long number, const Arguments& arguments) {
    auto place = mask_place(number, arguments);
    EXPECT_TRUE(place);
    return place && without_sigsys(*place, arguments[place->argument], copy_, 0x1000);
  }
  static std::uint64_t at(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
  std::uint64_t copy_[kMaskCopyWords] = {};
};

TEST_F(Mask, LosesSigsysAndNothingElse) {
  std::uint64_t mask = ~0ULL;
  EXPECT_TRUE(edit(SYS_rt_sigprocmask, {SIG_SETMASK, at(&mask), 0, 8}));
  EXPECT_EQ(copy_[0], ~kSigsysBit);
  EXPECT_EQ(mask, ~0ULL) << "the program's own stays";
  mask = ~kSigsysBit;
  EXPECT_FALSE(edit(SYS_rt_sigprocmask, {SIG_SETMASK, at(&mask), 0, 8})) << "nothing to change";
}

TEST_F(Mask, OfAnAction) {
  std::uint64_t action[4] = {1, 2, 3, kSigsysBit | 1};
  EXPECT_TRUE(edit(SYS_rt_sigaction, {SIGUSR1, at(action), 0, 8}));
  EXPECT_EQ(copy_[0], 1U);
  EXPECT_EQ(copy_[2], 3U);
  EXPECT_EQ(copy_[3], 1U);
}

TEST_F(Mask, BehindAPair) {
  std::uint64_t mask = kSigsysBit | 2, pair[2] = {at(&mask), 8};
  EXPECT_TRUE(edit(SYS_pselect6, {0, 0, 0, 0, 0, at(pair)}));
  EXPECT_EQ(copy_[0], 0x1000U + 16) << "to the copy of the mask";
  EXPECT_EQ(copy_[1], 8U);
  EXPECT_EQ(copy_[2], 2U);
  pair[1] = 4;
  EXPECT_FALSE(edit(SYS_pselect6, {0, 0, 0, 0, 0, at(pair)})) << "EINVAL";
  pair[0] = 0;
  EXPECT_FALSE(edit(SYS_pselect6, {0, 0, 0, 0, 0, at(pair)}));
}

TEST_F(Mask, OfARing) {
  std::uint64_t mask = kSigsysBit | 2, argument[3] = {at(&mask), 0x500000008, 77};
  EXPECT_TRUE(edit(SYS_io_uring_enter, {0, 0, 0, 8, at(argument), 24}));
  EXPECT_EQ(copy_[0], 0x1000U + 24);
  EXPECT_EQ(copy_[1], 0x500000008U);
  EXPECT_EQ(copy_[2], 77U);
  EXPECT_EQ(copy_[3], 2U);
}

TEST_F(Mask, AtAWrongAddressIsTheKernelsToFind) {
  EXPECT_FALSE(edit(SYS_rt_sigprocmask, {SIG_SETMASK, 8, 0, 8}));
  std::uint64_t pair[2] = {8, 8};
  EXPECT_FALSE(edit(SYS_pselect6, {0, 0, 0, 0, 0, at(pair)}));
}

}  // namespace
}  // namespace bulkhead::intercept
