// Text without a heap.
#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace bulkhead {
namespace {

TEST(Text, DropAndTakeClamp) {
  EXPECT_EQ(drop("abc", 1), "bc");
  EXPECT_EQ(drop("abc", 3), "");
  EXPECT_EQ(drop("abc", 99), "");
  EXPECT_EQ(take("abc", 2), "ab");
  EXPECT_EQ(take("abc", std::string_view::npos), "abc");
  EXPECT_EQ(drop({}, 1), "");
  EXPECT_EQ(take({}, 1), "");
}

TEST(Text, SplitsOffPieces) {
  std::string_view rest = "a:b::c";
  EXPECT_EQ(split_off(rest, ':'), "a");
  EXPECT_EQ(split_off(rest, ':'), "b");
  EXPECT_EQ(split_off(rest, ':'), "");
  EXPECT_EQ(split_off(rest, ':'), "c");
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(split_off(rest, ':'), "");
  rest = "last:";
  EXPECT_EQ(split_off(rest, ':'), "last");
  EXPECT_TRUE(rest.empty());
}

TEST(Text, Trims) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(Text, TakesPathsApart) {
  EXPECT_EQ(directory_of("/usr/lib/libz.so.1"), "/usr/lib");
  EXPECT_EQ(directory_of("/libz.so.1"), "/");
  EXPECT_EQ(directory_of("libz.so.1"), ".");
  EXPECT_EQ(directory_of("/"), "/");
  EXPECT_EQ(file_name_of("/usr/lib/libz.so.1"), "libz.so.1");
  EXPECT_EQ(file_name_of("libz.so.1"), "libz.so.1");
  EXPECT_EQ(file_name_of("/usr/lib/"), "");
}

TEST(Text, PutsPathsTogether) {
  Arena arena;
  EXPECT_EQ(join_path(arena, "/usr", "lib"), "/usr/lib");
  EXPECT_EQ(join_path(arena, "/usr//", "//lib"), "/usr/lib");
  EXPECT_EQ(join_path(arena, "/", "lib"), "/lib");
  EXPECT_EQ(join_path(arena, "", "lib"), "/lib");
  EXPECT_STREQ(join_path(arena, "/usr", "lib").data(), "/usr/lib");
}

TEST(Text, ParsesNumbersThatFit) {
  std::uint64_t value = 7;
  EXPECT_TRUE(parse_number("0", value));
  EXPECT_EQ(value, 0U);
  EXPECT_TRUE(parse_number("18446744073709551615", value));
  EXPECT_EQ(value, std::numeric_limits<std::uint64_t>::max());
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x10", "1a", "18446744073709551616",
                          "99999999999999999999999"}) {
    value = 7;
    EXPECT_FALSE(parse_number(bad, value)) << bad;
    EXPECT_EQ(value, 7U) << bad;
  }
}

TEST(Text, WritesNumbers) {
  Arena arena;
  EXPECT_EQ(decimal(arena, 0), "0");
  EXPECT_EQ(decimal(arena, std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(hexadecimal(arena, 0), "0x0");
  EXPECT_EQ(hexadecimal(arena, std::numeric_limits<std::uint64_t>::max()), "0xffffffffffffffff");
}

TEST(Text, JoinsAndTerminates) {
  Arena arena;
  std::string_view text = join(arena, {"a", "", std::string_view{}, "bc"});
  EXPECT_EQ(text, "abc");
  EXPECT_STREQ(text.data(), "abc");
  EXPECT_STREQ(join(arena, {}).data(), "");
}

}  // namespace
}  // namespace bulkhead
