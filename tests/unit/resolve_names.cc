// Tokens, patterns, hwcaps: what needs no file.
#include <gtest/gtest.h>

#include <string>

#include "resolve/hwcaps.h"
#include "resolve/ld_conf.h"
#include "resolve/path_buffer.h"
#include "resolve/tokens.h"

namespace {

using namespace bulkhead;
using namespace bulkhead::resolve;

std::string expanded(std::string_view text, Tokens tokens = {"/o", "lib64", "x86_64"}) {
  Arena arena;
  return std::string(expand(arena, text, tokens));
}

TEST(Tokens, AreReplaced) {
  EXPECT_EQ(expanded("$ORIGIN"), "/o");
  EXPECT_EQ(expanded("${ORIGIN}"), "/o");
  EXPECT_EQ(expanded("$ORIGIN/../$LIB/${PLATFORM}x"), "/o/../lib64/x86_64x");
  EXPECT_EQ(expanded("a$LIB$LIB-$LIB"), "alib64lib64-lib64");
}

TEST(Tokens, TheLongestIdentifierCounts) {
  for (const char* text : {"$ORIGINAL", "$ORIGIN_", "$LIB64", "$LIBS", "${LIB", "${LIBS}",
                           "${ LIB}", "$origin", "$", "$$", "${}", "{LIB}", "", "/plain"}) {
    EXPECT_EQ(expanded(text), text);
  }
  EXPECT_EQ(expanded("$$LIB"), "$lib64");
}

TEST(Tokens, WithoutAValueTheWholePathIsOut) {
  EXPECT_EQ(expanded("/a/$ORIGIN/b", {"", "lib", "p"}), "");
  EXPECT_EQ(expanded("/a/$LIB/b", {"", "lib", "p"}), "/a/lib/b");
}

TEST(Tokens, TooLongIsNothing) {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "$LIB/";
  EXPECT_EQ(expanded(many), "");
}

TEST(Patterns, MatchAsGlobDoes) {
  EXPECT_TRUE(matches_pattern("*.conf", "x.conf"));
  EXPECT_TRUE(matches_pattern("*.conf", "a.conf.conf"));
  EXPECT_FALSE(matches_pattern("*.conf", ".conf"));
  EXPECT_FALSE(matches_pattern("?conf", ".conf"));
  EXPECT_TRUE(matches_pattern(".*", ".conf"));
  EXPECT_FALSE(matches_pattern("*.conf", "x.conf.old"));
  EXPECT_TRUE(matches_pattern("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(matches_pattern("a*b*c", "aXbXbX"));
  EXPECT_TRUE(matches_pattern("**", ""));
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_FALSE(matches_pattern("", "x"));
  EXPECT_FALSE(matches_pattern("x", ""));
  EXPECT_TRUE(matches_pattern("[0-9][!a]x", "5bx"));
  EXPECT_FALSE(matches_pattern("[0-9][!a]x", "5ax"));
  EXPECT_TRUE(matches_pattern("[]x]", "]"));
  EXPECT_TRUE(matches_pattern("[a-]", "-"));
  EXPECT_TRUE(matches_pattern("[", "["));
  EXPECT_TRUE(matches_pattern("*[a-c].d", "xxb.d"));
  EXPECT_FALSE(matches_pattern("*[a-c].d", "xxd.d"));
}

TEST(HwcapsOfThisCpu, AreASuffixOfAllLevels) {
  Hwcaps hwcaps;
#if defined(__x86_64__)
  ASSERT_GE(hwcaps.level(), 1);
  ASSERT_LE(hwcaps.level(), 4);
  EXPECT_EQ(hwcaps.names().size(), static_cast<std::size_t>(hwcaps.level() - 1));
  if (hwcaps.level() > 1) {
    EXPECT_EQ(hwcaps.names().back(), "x86-64-v2");
  }
  // The compiler's idea of the same, as a second opinion.
  EXPECT_EQ(hwcaps.level() >= 2, bool(__builtin_cpu_supports("x86-64-v2")));
  EXPECT_EQ(hwcaps.level() >= 3, bool(__builtin_cpu_supports("x86-64-v3")));
  EXPECT_EQ(hwcaps.level() >= 4, bool(__builtin_cpu_supports("x86-64-v4")));
  const arch::Native::Level level = level_of_cpu();
  EXPECT_EQ(level.number, hwcaps.level());
  EXPECT_EQ(level.lack_count == 0, hwcaps.level() == 4);
  if (!__builtin_cpu_supports("avx512f") && hwcaps.level() == 3) {
    EXPECT_EQ(level.lacks[0], "AVX512F");
  }
#else
  EXPECT_TRUE(hwcaps.names().empty());
#endif
}

TEST(HwcapsOfALevel, BestFirst) {
#if defined(__x86_64__)
  EXPECT_TRUE(Hwcaps(1).names().empty());
  Hwcaps four(4);
  ASSERT_EQ(four.names().size(), 3U);
  EXPECT_EQ(four.names()[0], "x86-64-v4");
  EXPECT_EQ(four.names()[2], "x86-64-v2");
  Hwcaps three(3);
  EXPECT_EQ(three.names()[0], "x86-64-v3");
#endif
}

TEST(PathBuffer, RefusesWhatDoesNotFit) {
  Arena arena;
  PathPool pool(arena);
  PathBuffer path(pool, {"/a", "/", "b"});
  EXPECT_TRUE(path.fits());
  EXPECT_STREQ(path.c_str(), "/a/b");
  PathBuffer longest(pool, {std::string(4095, 'x')});
  EXPECT_TRUE(longest.fits());
  PathBuffer longer(pool, {std::string(4096, 'x')});
  EXPECT_FALSE(longer.fits());
  PathBuffer nul(pool, {std::string_view("a\0b", 3)});
  EXPECT_FALSE(nul.fits());
}

TEST(PathBuffer, GivesItsMemoryBack) {
  Arena arena;
  PathPool pool(arena);
  const char* first = PathBuffer(pool, {"/a"}).c_str();
  PathBuffer again(pool, {"/b"});
  EXPECT_EQ(again.c_str(), first);
  PathBuffer beside(pool);
  EXPECT_NE(beside.c_str(), first);
  EXPECT_STREQ(beside.c_str(), "");
  EXPECT_STREQ(again.c_str(), "/b");
}

}  // namespace
