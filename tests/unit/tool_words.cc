#include "tool/words.h"

#include <gtest/gtest.h>

#include <vector>

namespace bulkhead::tool {
namespace {

class WordsTest : public testing::Test {
 protected:
  Word word(std::size_t index) { return {&places_[index], 1, 2, false}; }
  elf::Addr address(std::size_t index) { return reinterpret_cast<elf::Addr>(&places_[index]); }
  std::vector<std::size_t> between(std::size_t begin, std::size_t end) {
    std::vector<std::size_t> found;
    words_.for_each_between(address(begin), address(end), [&](Word& each) {
      found.push_back(static_cast<std::size_t>(each.place - places_));
    });
    return found;
  }

  elf::Addr places_[8] = {};
  Words words_;
};

TEST_F(WordsTest, AreFoundByTheirPlaceWhateverTheOrderTheyCameIn) {
  for (std::size_t index : {5, 1, 3, 0}) words_.add(word(index));
  for (std::size_t index : {0, 1, 3, 5}) {
    ASSERT_NE(words_.find(&places_[index]), nullptr) << index;
    EXPECT_EQ(words_.find(&places_[index])->place, &places_[index]);
  }
  for (std::size_t index : {2, 4, 6}) EXPECT_EQ(words_.find(&places_[index]), nullptr) << index;
  EXPECT_EQ(between(0, 7), (std::vector<std::size_t>{0, 1, 3, 5}));
}

TEST_F(WordsTest, ARangeEndsBeforeItsEnd) {
  for (std::size_t index : {1, 2, 4}) words_.add(word(index));
  EXPECT_EQ(between(1, 4), (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(between(3, 3).empty());
}

TEST_F(WordsTest, GoOneByOneOrWithTheirLibrary) {
  for (std::size_t index : {0, 2, 3, 6}) words_.add(word(index));
  words_.remove(&places_[2]);
  words_.remove(&places_[5]);  // never there
  EXPECT_EQ(between(0, 7), (std::vector<std::size_t>{0, 3, 6}));
  words_.remove_between(address(3), address(7));
  EXPECT_EQ(between(0, 7), (std::vector<std::size_t>{0}));
}

}  // namespace
}  // namespace bulkhead::tool
