#include "suggest/near.h"

#include <gtest/gtest.h>

namespace bulkhead::suggest {
namespace {

using Words = std::vector<std::string>;

TEST(NearWords, TheNearestComesFirst) {
  EXPECT_EQ(near_words("expsoe", {"share", "expose", "private"}), (Words{"expose"}));
  EXPECT_EQ(near_words("hots", {"host", "hotel"}), (Words{"host", "hotel"}));
}

TEST(NearWords, ABeginningIsNear) {
  EXPECT_EQ(near_words("on", {"on-failure", "inherit"}), (Words{"on-failure"}));
}

TEST(NearWords, AnotherWordIsNotNear) {
  EXPECT_TRUE(near_words("tree", {"profile", "capsule"}).empty());
  EXPECT_TRUE(near_words("ab", {"xy"}).empty());  // all of it differs
  EXPECT_TRUE(near_words("tree", {}).empty());
}

}  // namespace
}  // namespace bulkhead::suggest
