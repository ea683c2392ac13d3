// Arena and List.
#include <gtest/gtest.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/list.h"
#include "child.h"

namespace bulkhead {
namespace {

bool is_zero(const void* memory, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(memory);
  return std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; });
}

TEST(Arena, GivesZeroedAlignedMemoryThatDoesNotOverlap) {
  Arena arena;
  std::vector<std::pair<unsigned char*, std::size_t>> pieces;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t alignment = std::size_t{1} << (i % 8);
    const std::size_t size = (i * 37) % 700;
    auto* piece = static_cast<unsigned char*>(arena.allocate(size, alignment));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignment, 0U);
    ASSERT_TRUE(is_zero(piece, size));
    std::memset(piece, static_cast<int>(i % 255) + 1, size);
    pieces.emplace_back(piece, size);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t j = 0; j < pieces[i].second; ++j) {
      ASSERT_EQ(pieces[i].first[j], i % 255 + 1) << "piece " << i;
    }
  }
}

#ifdef __SANITIZE_ADDRESS__
TEST(Arena, HasNobodysMemoryBehindBlocks) {
  Arena arena;
  for (std::size_t size : {1, 8, 100, 5 << 20}) {
    auto* block = static_cast<char*>(arena.allocate(size, 1));
    arena.allocate(1, 1);
    EXPECT_EQ(__asan_region_is_poisoned(block, size), nullptr) << size;
    EXPECT_TRUE(__asan_address_is_poisoned(block + size)) << size;
  }
}
#endif

TEST(Arena, GivesMoreThanOneChunkAtOnce) {
  Arena arena;
  const std::size_t size = std::size_t{5} << 20;
  auto* large = static_cast<char*>(arena.allocate(size, 64));
  EXPECT_TRUE(is_zero(large, size));
  large[size - 1] = 1;
  auto* small = static_cast<char*>(arena.allocate(8, 8));
  EXPECT_TRUE(small >= large + size || small + 8 <= large);
}

TEST(Arena, AlignsToPages) {
  Arena arena;
  arena.allocate(1, 1);
  void* page = arena.allocate(4096, 4096);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page) % 4096, 0U);
}

TEST(Arena, CopiesAreTerminated) {
  Arena arena;
  const std::string original = "libz.so.1";
  std::string_view copy = arena.copy(original);
  EXPECT_EQ(copy, original);
  EXPECT_NE(copy.data(), original.data());
  EXPECT_STREQ(copy.data(), original.c_str());
  EXPECT_STREQ(arena.copy({}).data(), "");
  EXPECT_EQ(arena.copy(std::string_view("a\0b", 3)).size(), 3U);
}

TEST(Arena, CreatesObjects) {
  struct Point {
    int x, y;
    Point(int x_, int y_) : x(x_), y(y_) {}
  };
  Arena arena;
  Point* point = arena.create<Point>(3, 4);
  EXPECT_EQ(point->x, 3);
  EXPECT_EQ(point->y, 4);
  std::span<std::uint64_t> array = arena.array<std::uint64_t>(100);
  EXPECT_EQ(array.size(), 100U);
  EXPECT_TRUE(is_zero(array.data(), array.size_bytes()));
}

TEST(Arena, MoreThanTheAddressSpaceEndsTheProcessWithAMessage) {
  for (std::size_t size :
       {std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max() - 64,
        std::numeric_limits<std::size_t>::max() / 2}) {
    testing::Outcome outcome = testing::in_child([size] {
      Arena arena;
      arena.allocate(size, 16);
    });
    EXPECT_EQ(outcome.exit_code, 125);
    EXPECT_EQ(outcome.err, "bulkhead: out of memory\n");
  }
}

TEST(Arena, AnArrayWhoseSizeOverflowsIsNotASmallOne) {
  testing::Outcome outcome = testing::in_child([] {
    Arena arena;
    arena.array<std::uint64_t>(std::numeric_limits<std::size_t>::max() / 8 + 2);
  });
  EXPECT_EQ(outcome.exit_code, 125);
}

TEST(List, KeepsWhatWasPushed) {
  Arena arena;
  List<int> list(arena);
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(list.view().empty());
  EXPECT_EQ(list.begin(), list.end());
  for (int i = 0; i < 10000; ++i) list.push_back(i);
  ASSERT_EQ(list.size(), 10000U);
  int expected = 0;
  for (int value : list) ASSERT_EQ(value, expected++);
  EXPECT_EQ(list.back(), 9999);
  EXPECT_EQ(list[4711], 4711);
  list[4711] = 1;
  EXPECT_EQ(list.view()[4711], 1);
}

TEST(List, PushesAnElementOfItself) {
  Arena arena;
  List<int> list(arena);
  list.push_back(42);
  for (int i = 0; i < 100; ++i) list.push_back(list[0]);  // grows while it reads
  for (int value : list) ASSERT_EQ(value, 42);
}

TEST(List, TruncatesButNeverGrowsByIt) {
  Arena arena;
  List<int> list(arena);
  for (int i = 0; i < 5; ++i) list.push_back(i);
  list.truncate(9);
  EXPECT_EQ(list.size(), 5U);
  list.truncate(2);
  EXPECT_EQ(list.size(), 2U);
  list.push_back(7);
  EXPECT_EQ(list.back(), 7);
}

TEST(List, AppendsMany) {
  Arena arena;
  List<int> list(arena);
  const std::vector<int> values = {1, 2, 3};
  list.append({});
  for (int i = 0; i < 50; ++i) list.append(values);
  ASSERT_EQ(list.size(), 150U);
  for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(list[i], static_cast<int>(i % 3) + 1);
}

}  // namespace
}  // namespace bulkhead
