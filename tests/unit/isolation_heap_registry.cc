// Whose memory is whose.
#include "isolation/heap_registry.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace bulkhead::isolation {
namespace {

// Addresses that nothing is read from.
const void* at(std::uintptr_t number) { return reinterpret_cast<const void*>(number * 16); }
const void* caller(std::uintptr_t number) { return reinterpret_cast<const void*>(number); }

TEST(HeapRegistry, KnowsWhatWasNotedUntilItIsForgotten) {
  Allocation found{};
  EXPECT_FALSE(find_allocation(at(1), found));
  note_allocation(at(1), {.heap = 3, .caller = caller(7)});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(find_allocation(at(1), found));
    EXPECT_EQ(found.heap, 3U);
    EXPECT_EQ(found.caller, caller(7));
  }
  EXPECT_FALSE(find_allocation(at(2), found));
  found = {};
  ASSERT_TRUE(forget_allocation(at(1), found));
  EXPECT_EQ(found.heap, 3U);
  EXPECT_FALSE(find_allocation(at(1), found));
  EXPECT_FALSE(forget_allocation(at(1), found));
}

TEST(HeapRegistry, TakesTheNewestNoteOfAnAddress) {
  Allocation found{};
  note_allocation(at(1), {.heap = 1, .caller = caller(1)});
  note_allocation(at(1), {.heap = Allocation::kBase, .caller = caller(2)});
  ASSERT_TRUE(forget_allocation(at(1), found));
  EXPECT_EQ(found.heap, Allocation::kBase);
  EXPECT_EQ(found.caller, caller(2));
  EXPECT_FALSE(find_allocation(at(1), found));
}

TEST(HeapRegistry, IgnoresWhatNoAllocatorReturns) {
  Allocation found{};
  const void* inside = reinterpret_cast<const void*>(std::uintptr_t{0x1008});
  for (const void* pointer : {static_cast<const void*>(nullptr), inside}) {
    note_allocation(pointer, {.heap = 1, .caller = nullptr});
    EXPECT_FALSE(find_allocation(pointer, found));
    EXPECT_FALSE(forget_allocation(pointer, found));
  }
}

// More than the tables have room for at first, with holes where others were.
TEST(HeapRegistry, GrowsAndForgetsInAnyOrder) {
  constexpr std::uintptr_t kMany = 200000;
  for (std::uintptr_t i = 1; i <= kMany; ++i) {
    note_allocation(at(i), {.heap = static_cast<unsigned>(i % 15), .caller = caller(i)});
    Allocation found{};
    if (i % 3 != 0) continue;
    ASSERT_TRUE(forget_allocation(at(i / 3 * 2), found)) << i;
  }
  std::size_t known = 0;
  for (std::uintptr_t i = 1; i <= kMany; ++i) {
    Allocation found{};
    if (!find_allocation(at(i), found)) continue;
    ++known;
    ASSERT_EQ(found.heap, i % 15);
    ASSERT_EQ(found.caller, caller(i));
  }
  // Each even number up to two thirds of them was forgotten; the rest is there.
  EXPECT_EQ(known, kMany - kMany / 3);
}

TEST(HeapRegistry, ServesThreadsAtOnce) {
  constexpr std::uintptr_t kEach = 20000;
  std::vector<std::thread> threads;
  std::vector<std::size_t> wrong(4);
  for (std::uintptr_t number = 0; number < wrong.size(); ++number) {
    threads.emplace_back([&wrong, number] {
      for (std::uintptr_t i = 1; i <= kEach; ++i) {
        const void* pointer = at(i * wrong.size() + number);
        Allocation found{};
        note_allocation(pointer, {.heap = static_cast<unsigned>(number), .caller = caller(i)});
        bool right = find_allocation(pointer, found) && found.heap == number &&
                     found.caller == caller(i) && forget_allocation(pointer, found);
        wrong[number] += right ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t each : wrong) EXPECT_EQ(each, 0U);
}

}  // namespace
}  // namespace bulkhead::isolation
