#include "messages/failure.h"

#include <gtest/gtest.h>

#include "base/arena.h"

namespace bulkhead::messages {
namespace {

TEST(Failure, KnowsWhatItIsAboutAndThenWhereThatWasAskedFor) {
  Arena arena;
  try {
    (void)take_or_fail(arena, Result<int>(fail(Fault::missing, "is not there", "libz.so.1")));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.subject(), "libz.so.1");
    EXPECT_EQ(failure.place(), "");
    Failure placed = failure.at("capsule.toml:3:8");
    EXPECT_EQ(placed.place(), "capsule.toml:3:8");
    EXPECT_EQ(std::string(placed.what()), "capsule.toml:3:8: " + std::string(failure.what()));
    EXPECT_EQ(placed.fault(), Fault::missing);
    EXPECT_EQ(placed.status(), kFailed);
  }
}

}  // namespace
}  // namespace bulkhead::messages
