// What a word for a tree means.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "messages/failure.h"
#include "trusted/named_trees.h"

namespace bulkhead::trusted {
namespace {

TEST(TreeNames, AreLettersDigitsAndAFewSigns) {
  for (const char* word : {"a", "trixie", "deb-12.1_x+y", "0"}) EXPECT_TRUE(is_tree_name(word));
  for (const char* word : {"", ".", "..", ".x", "-x", "a/b", "a b", "a:b", "\xc3\xa4", "a\nb"}) {
    EXPECT_FALSE(is_tree_name(word)) << word;
  }
  EXPECT_TRUE(is_tree_name(std::string(64, 'a')));
  EXPECT_FALSE(is_tree_name(std::string(65, 'a')));
}

TEST(TreeNames, PathsAreNotLookedAt) {
  for (const char* word : {"/x", "./x", "x/", "a/b", ".", "..", ""}) {
    const TreeWord found = tree_of(word, word);
    EXPECT_EQ(found.directory, word);
    EXPECT_EQ(found.why_not, "");
  }
}

TEST(TreeNames, WordsAreTreesThenDirectories) {
  char directory[] = "/tmp/trusted-names-XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  const std::string shelf = std::string(directory) + "/bulkhead/trees";
  std::filesystem::create_directories(shelf + "/one/tree");
  std::filesystem::permissions(shelf, std::filesystem::perms::owner_all);
  ::setenv("XDG_DATA_HOME", directory, 1);
  EXPECT_EQ(tree_names(), std::vector<std::string>{"one"});
  EXPECT_EQ(tree_of("one", "/nowhere/one").directory, shelf + "/one/tree");
  EXPECT_EQ(tree_of("one", "/nowhere/one").note, "");
  EXPECT_NE(tree_of("one", "/tmp").note, "");
  EXPECT_EQ(tree_of("two", "/tmp").directory, "/tmp");
  EXPECT_NE(tree_of("two", "/nowhere/two").why_not.find("there are: one"), std::string::npos);
  EXPECT_NE(tree_of("onn", "/nowhere/two").why_not.find("did you mean one?"), std::string::npos);
  ::unsetenv("XDG_DATA_HOME");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace bulkhead::trusted
