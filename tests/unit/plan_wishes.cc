#include "plan/wishes.h"

#include <gtest/gtest.h>

#include <vector>

namespace bulkhead::plan {
namespace {

using Kind = Contradiction::Kind;
using Names = std::vector<std::string_view>;

std::optional<Contradiction> find(const Names& expose, const Names& share,
                                  const Names& keep_private) {
  return find_contradiction({expose, share, keep_private});
}

TEST(Wishes, EachLibraryMayBeInOneList) {
  EXPECT_FALSE(find({"liba.so.1"}, {"libb.so.1"}, {"libc2.so.1"}));
  EXPECT_FALSE(find({}, {}, {}));
}

TEST(Wishes, TheFirstOfTwoListsIsNamedFirst) {
  auto found = find({"liba.so.1"}, {"libb.so.1"}, {"libb.so.1"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::two_wishes);
  EXPECT_EQ(found->name, "libb.so.1");
  EXPECT_EQ(found->wish, Wish::share);
  EXPECT_EQ(found->other, Wish::keep_private);
  found = find({"liba.so.1"}, {}, {"liba.so.1"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->wish, Wish::expose);
  EXPECT_EQ(found->other, Wish::keep_private);
}

// The interface inside programs used to take such a wish, and not to fulfil it.
TEST(Wishes, GlibcIsNeitherPrivateNorExposed) {
  for (std::string_view part : {"libc.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"}) {
    auto found = find({}, {}, {part});
    ASSERT_TRUE(found) << part;
    EXPECT_EQ(found->kind, Kind::part_of_glibc);
    EXPECT_EQ(found->wish, Wish::keep_private);
    ASSERT_TRUE(find({part}, {}, {})) << part;
    EXPECT_FALSE(find({}, {part}, {})) << part;
  }
}

TEST(Wishes, LibgccMayBePrivateButNotExposed) {
  auto found = find({"libgcc_s.so.1"}, {}, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::always_shared);
  EXPECT_FALSE(find({}, {}, {"libgcc_s.so.1"}));
}

}  // namespace
}  // namespace bulkhead::plan
