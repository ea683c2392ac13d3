// Names in a layer, and what they hide.
#include "layers/names.h"

#include <gtest/gtest.h>

#include "layers/digest.h"
#include "layers/failure.h"
#include "layers/room.h"

namespace bulkhead::layers {
namespace {

using Names = std::vector<std::string>;

TEST(LayerNames, CountFromTheRoot) {
  EXPECT_EQ(names_along("usr/lib/x"), (Names{"usr", "lib", "x"}));
  EXPECT_EQ(names_along("/usr//./lib/"), (Names{"usr", "lib"}));
  EXPECT_EQ(names_along("./"), Names{});
  EXPECT_EQ(names_along("..."), Names{"..."});
}

TEST(LayerNames, DoNotLeadOut) {
  for (const char* path : {"..", "../x", "a/..", "a/../b", "/.."}) {
    EXPECT_THROW(names_along(path), Failure) << path;
  }
  EXPECT_THROW(names_along(std::string_view("a\0b", 3)), Failure);
  EXPECT_THROW(names_along(std::string(5000, 'a')), Failure);
}

TEST(Whiteouts, HideOneOrAll) {
  EXPECT_EQ(whiteout_of("x").kind, Whiteout::Kind::none);
  EXPECT_EQ(whiteout_of(".wh").kind, Whiteout::Kind::none);
  EXPECT_EQ(whiteout_of(".wh.x").kind, Whiteout::Kind::one);
  EXPECT_EQ(whiteout_of(".wh.x").name, "x");
  EXPECT_EQ(whiteout_of(".wh..x").name, ".x");
  EXPECT_EQ(whiteout_of(".wh..wh..opq").kind, Whiteout::Kind::all);
  EXPECT_EQ(whiteout_of(".wh..wh.plnk").kind, Whiteout::Kind::ignored);
}

TEST(Whiteouts, HideNothingAbove) {
  for (const char* name : {".wh.", ".wh..", ".wh..."}) {
    EXPECT_THROW(whiteout_of(name), Failure) << name;
  }
}

TEST(Digests, AreOfKnownKinds) {
  const std::string empty =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  EXPECT_EQ(digest_of("", "sha256"), empty);
  EXPECT_TRUE(is_digest(empty));
  EXPECT_TRUE(is_digest(digest_of("x", "sha512:00")));
  EXPECT_NE(digest_of("x", "sha256"), empty);
  EXPECT_FALSE(is_digest("sha256:" + std::string(64, 'A')));
  for (const char* text : {"", "sha256", "sha256:", "sha256:00", "md5:00", "sha256:../x"}) {
    EXPECT_FALSE(is_digest(text)) << text;
  }
}

TEST(Rooms, End) {
  Room room(20, 1, 10);
  room.take_file();
  EXPECT_THROW(room.take_file(), Failure);
  room.take_bytes(10);
  EXPECT_THROW(room.take_bytes(1), Failure);
}

// How many bytes are left of 1000, after a file of these pieces, in blocks of 10.
std::uint64_t left_after(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pieces) {
  Room room(1000, 1, 10);
  room.take_file();
  FileRoom file(room);
  for (const auto& [offset, size] : pieces) file.take(offset, size);
  std::uint64_t left = 0;
  try {
    for (; left < 1000; ++left) room.take_bytes(1);
  } catch (const Failure&) {
    // That was all.
  }
  return left;
}

TEST(Rooms, AreOfBlocks) {
  EXPECT_EQ(left_after({}), 990U);
  EXPECT_EQ(left_after({{0, 0}}), 990U);
  EXPECT_EQ(left_after({{0, 1}}), 990U);
  EXPECT_EQ(left_after({{0, 10}}), 990U);
  EXPECT_EQ(left_after({{0, 11}}), 980U);
  EXPECT_EQ(left_after({{0, 1}, {1, 1}, {2, 9}, {11, 9}}), 980U);  // one behind the other
  EXPECT_EQ(left_after({{0, 1}, {500, 1}, {900, 25}}), 950U);      // with holes
  EXPECT_EQ(left_after({{500, 10}, {0, 10}, {200, 10}}), 960U);    // and back
}

}  // namespace
}  // namespace bulkhead::layers
