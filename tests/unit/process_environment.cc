#include "process/environment.h"

#include <gtest/gtest.h>

namespace bulkhead::process {
namespace {

std::string without(std::string_view list, std::string_view directory) {
  Arena arena;
  return std::string(without_directory(arena, list, directory));
}

TEST(LibraryPath, LosesEveryEntryOfADirectory) {
  EXPECT_EQ(without("/shims:/usr/lib", "/shims"), "/usr/lib");
  EXPECT_EQ(without("/usr/lib:/shims", "/shims"), "/usr/lib");
  EXPECT_EQ(without("/a:/shims:/b:/shims", "/shims"), "/a:/b");
  EXPECT_EQ(without("/shims", "/shims"), "");
}

TEST(LibraryPath, SlashesAtTheEndMeanNothing) {
  EXPECT_EQ(without("/shims//:/a/", "/shims"), "/a/");
  EXPECT_EQ(without("/:/a", "/"), "/a");
}

TEST(LibraryPath, KeepsWhatItDoesNotMean) {
  EXPECT_EQ(without("/a;/shims;/b", "/shims"), "/a;/b");
  EXPECT_EQ(without("/a:/shims/x:/shimsx", "/shims"), "/a:/shims/x:/shimsx");
  // The empty entry is the working directory.
  EXPECT_EQ(without(":/shims:/b", "/shims"), ":/b");
  EXPECT_EQ(without("/shims::/b", "/shims"), ":/b");
}

}  // namespace
}  // namespace bulkhead::process
